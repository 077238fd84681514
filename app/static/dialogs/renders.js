/* All renders of the story: what is under way clip by clip, the finished videos, and what went
   wrong. Opened from the bottom line. */
import {confirmed, dialog} from '../kit/dialog.js';
import {attr, button, h, put, refuse, setWidth} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {keyed} from '../kit/keyed.js';
import {shortcut} from '../kit/shortcuts.js';
import {about, ago, bytes, howFar} from '../kit/words.js';
import {addressOf} from '../store/address.js';
import {formatOf} from '../store/rendering.js';
import {asSelected, onDraw, select, send, state} from '../store/store.js';

/** @param {HTMLElement} element */
export function mountRenders(element) {
  const {box, open, close} = dialog('renders', element, {opened: () => draw(state)});
  /** @type {(name: string) => HTMLElement} */
  const find = name => box.querySelector(name);
  /** @type {Record<string, [image: string, words: string]>} */
  const STATES = {
    done: ['check', 'Done'], failed: ['alert', 'Failed'], cancelled: ['close', 'Cancelled'],
  };

  find('.sb-cancel-all').append(confirmed('Cancel all', 'Cancel all renders', {
    kind: 'quiet', act: () => send('cancel'),
  }));
  find('.sb-clear').append(button('Clear', {
    kind: 'quiet', action: () => send('clear_finished'),
    'aria-label': 'Clear the list of earlier renders',
  }));

  /** A shot or a transition as the timeline numbers it; one that was removed meanwhile has no
      number.
   * @param {string} owner */
  function part(owner) {
    const numbers = owner.split('>')
      .map(id => state.story.shots.findIndex(shot => shot.id === id) + 1 || '?');
    return numbers.length > 1 ? `${numbers[0]} → ${numbers[1]}` : `Shot ${numbers[0]}`;
  }

  /** @param {string} owner */
  function choose(owner) {
    close();
    select(asSelected(owner));
  }

  /** @type {(job: Job) => string} */
  const title = job => (job.kind === 'story'
    ? `Story as ${formatOf(job.format).title}` : job.label);

  /** @param {string} label */
  function bar(label) {
    return h('div', {
      class: 'sb-bar-of', role: 'progressbar', 'aria-label': label, 'aria-valuemin': '0',
      'aria-valuemax': '100',
    }, h('div'));
  }

  /** @type {(element: Element, percent: number) => void} */
  const fill = (element, percent) => {
    attr(element, 'aria-valuenow', Math.floor(percent));
    setWidth(element, percent);
  };

  /** @param {Job} first */
  function makeUnderWay(first) {
    const {id} = first;
    const live = h('img', {class: 'sb-live', alt: 'The frame being rendered', hidden: true});
    const facts = h('p'), whole = bar(title(first)), clips = h('ul', {class: 'sb-clips'});
    const cancel = button('Cancel', {
      kind: 'quiet', action: () => send('cancel', {job: id}), 'aria-label': `Cancel: ${title(first)}`,
    });
    const root = h('li', {class: 'sb-job'},
      h('div', {class: 'sb-job-head'}, live,
        h('div', {class: 'sb-job-words'}, h('b', {}, title(first)), facts, whole), cancel), clips);
    return {root, update(/** @type {Job} */ job) {
      put(live, 'hidden', !job.live);
      if (job.live) attr(live, 'src', job.live);
      put(facts, 'textContent', standing(job));
      put(whole, 'hidden', job.state === 'queued');
      fill(whole, (job.writing || job.fraction || 0) * 100);
      refuse(cancel, job.state === 'cancelling' ? 'It stops at the next frame' : '');
      /** @type {ClipOfJob[]} */
      const parts = (job.clips || []).map(([owner, percent]) => (
        [owner, percent, job.failed[owner]]));
      keyed(clips, parts, ([owner]) => owner, makeClip);
    }};
  }

  /** A render of another story: `standing` without its parts, which are not on show here.
   * @typedef {NonNullable<Progress['others']>[number]} Elsewhere */
  /** @param {Elsewhere} first */
  function makeOther({story, title: name, job: {id}}) {
    const open = h('a', {href: addressOf(story)}, name || 'Untitled story');
    open.addEventListener('click', event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      close();
      send('open_story', {name: story});
    });
    const facts = h('p'), whole = bar(`Rendering ${name}`);
    const cancel = button('Cancel', {
      kind: 'quiet', action: () => send('cancel', {story, job: id}), 'aria-label': `Cancel: ${name}`,
    });
    const root = h('li', {class: 'sb-job'}, h('div', {class: 'sb-job-head'},
      h('div', {class: 'sb-job-words'}, h('b', {}, open), facts, whole), cancel));
    return {root, update(/** @type {Elsewhere} */ {job}) {
      const {fraction = 0, writing, seconds_left: left} = job;
      const far = `${Math.floor((writing || fraction) * 100)} %`;
      const words = job.state === 'running'
        ? [title(job), writing ? 'Writing the file' : far, left == null ? '' : `${about(left)} left`]
        : [title(job), standing(job)];
      put(facts, 'textContent', words.filter(Boolean).join(' · '));
      put(whole, 'hidden', job.state === 'queued');
      fill(whole, (writing || fraction) * 100);
    }};
  }

  /** @typedef {[owner: string, percent: number, failed?: string]} ClipOfJob */
  /** @param {ClipOfJob} clip */
  function makeClip([owner]) {
    const name = h('span', {}, part(owner)), words = h('span', {class: 'sb-clip-state'});
    const line = h('div', {class: 'sb-bar-of'}, h('div'));
    return {root: h('li', {}, name, words, line), update(/** @type {ClipOfJob} */ [, percent, failed]) {
      const done = percent >= 100;
      put(words, 'textContent', failed ? 'failed' : done ? 'ready' : percent ? `${percent} %` : 'waits');
      put(words, 'title', failed || '');
      attr(words, 'data-state', failed ? 'failed' : done ? 'ready' : percent ? 'making' : null);
      setWidth(line, percent);
      attr(line, 'data-state', done ? 'ready' : null);
    }};
  }

  /** @param {Job} job */
  function standing(job) {
    if (job.state === 'cancelling') return 'Cancelling…';
    if (job.state === 'queued') return job.ahead ? `Waits, ${job.ahead} before it` : 'Starts';
    return howFar(job);
  }

  /** @param {Job} job */
  function makeEarlier(job) {
    const [image, words] = STATES[job.state];
    const retry = button(job.state === 'failed' ? 'Retry' : 'Again', {
      image: 'retry', kind: 'quiet', action: () => send('retry', {job: job.id}),
      'aria-label': `${job.state === 'failed' ? 'Retry what failed' : 'Render again'}: ${title(job)}`,
    });
    put(retry, 'hidden', !job.again || job.state === 'done');
    const when = h('span', {class: 'sb-when'});
    const reasons = Object.entries(job.failed).map(([owner, reason]) => h('li', {},
      h('button', {type: 'button', class: 'sb-part', onclick: () => choose(owner)}, part(owner)),
      h('span', {}, reason)));
    const message = job.state === 'done' || reasons.length ? null : h('p', {}, job.message);
    const root = h('li', {class: 'sb-job sb-over', 'data-state': job.state},
      h('div', {class: 'sb-job-head'}, icon(image),
        h('div', {class: 'sb-job-words'}, h('b', {}, title(job)),
          h('span', {class: 'sb-when'}, words, ' · ', when), message), retry),
      reasons.length ? h('ul', {class: 'sb-reasons'}, ...reasons) : null);
    return {root, update: (/** @type {Job} */ now) => put(when, 'textContent', ago(now.ended))};
  }

  /** @param {Film} film */
  function makeFilm({url, kind, name, download}) {
    const stage = h('div', {class: 'sb-film-stage', hidden: true});
    const play = button('Play', {image: 'play', kind: 'quiet', 'aria-expanded': 'false', action: () => {
      stage.hidden = !stage.hidden;
      attr(play, 'aria-expanded', String(!stage.hidden));
      play.firstElementChild.toggleAttribute('hidden', !stage.hidden);
      put(play.lastChild, 'textContent', stage.hidden ? 'Play' : 'Close');
      for (const other of document.querySelectorAll('video')) other.pause();
      // Made when it is asked for, gone when it is closed: nothing plays unseen.
      stage.replaceChildren(...(stage.hidden ? [] : [['gif', 'webp', 'png'].includes(kind)
        ? h('img', {src: url, alt: name})
        : h('video', {src: url, controls: true, autoplay: true, playsinline: true})]));
    }});
    put(play, 'hidden', ['zip', 'mov'].includes(kind));
    const facts = h('span', {class: 'sb-when'});
    const root = h('li', {class: 'sb-job sb-film'},
      h('div', {class: 'sb-job-head'}, h('span', {class: 'sb-kind'}, kind === 'zip' ? 'PNG' : kind),
        h('div', {class: 'sb-job-words'}, h('b', {}, name), facts), play,
        h('a', {
          class: 'sb-button quiet', href: download, download: name, title: `Download ${name}`,
          'aria-label': `Download ${name}`,
        }, icon('download'))), stage);
    return {root, update: (/** @type {Film} */ film) => {
      put(facts, 'textContent', `${bytes(film.bytes)} · ${ago(film.made)}`);
    }};
  }

  box.addEventListener('close', () => {
    for (const video of box.querySelectorAll('video')) video.pause();
  });

  /** @param {State} state */
  function draw({progress}) {
    const {jobs = [], videos = [], others = []} = progress;
    const busy = jobs.filter(job => job.busy).reverse(), over = jobs.filter(job => !job.busy);
    put(find('[aria-label="Under way"]'), 'hidden', !busy.length);
    put(find('[aria-label="In your other stories"]'), 'hidden', !others.length);
    put(find('[aria-label="Finished videos"]'), 'hidden', !videos.length);
    put(find('[aria-label="Earlier"]'), 'hidden', !over.length);
    put(find('.sb-cancel-all'), 'hidden', busy.length < 2);
    put(find('.sb-nothing'), 'hidden', jobs.length + videos.length + others.length > 0);
    keyed(find('.sb-underway'), busy, job => job.id, makeUnderWay);
    keyed(find('.sb-others'), others, ({job}) => job.id, makeOther);
    keyed(find('.sb-films'), videos, film => film.url, makeFilm);
    keyed(find('.sb-earlier'), over, job => job.id, makeEarlier);
  }

  shortcut('Shift+R', {label: 'Renders', group: 'Story', act: open});
  onDraw(now => box.open && draw(now));
}
