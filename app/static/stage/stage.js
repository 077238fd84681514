/* The stage: the story or a part of it in the player, the frame in the making, or the finished
   video. */
import {onDialog} from '../kit/dialog.js';
import {attr, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {partAt} from '../store/schedule.js';
import {onDraw, ownerOf, set, standingOf, state} from '../store/store.js';
import {addFiles} from '../timeline/drop.js';
import {badgeOf} from './badge.js';
import {framingWindow} from './framing_window.js';
import {onTime, player} from './player.js';
import {makePoster} from './poster.js';
import {safeAreas} from './safe_areas.js';
import {shapeChoice, shapeProposal} from './shape.js';
import {transport} from './transport.js';
import {wipe} from './wipe.js';
import {wordsBox} from './words_box.js';

/** @param {HTMLElement} element */
export function mountStage(element) {
  /** @type {(name: string) => HTMLElement} */
  const find = name => element.querySelector(name);
  const stage = find('.sb-stage'), frame = find('.sb-frame');
  const picture = find('.sb-picture');
  const video = /** @type {HTMLVideoElement} */ (find('.sb-video'));
  const empty = find('.sb-empty'), badge = find('.sb-badge');
  const still = window.matchMedia('(prefers-reduced-motion: reduce)');

  const screen = h('div', {class: 'sb-screen', role: 'img'}, ...player.layers);
  screen.addEventListener('click', () => player.toggle());
  frame.prepend(screen);
  const film = transport(find('.sb-stagebar')), poster = makePoster(film);
  frame.append(poster.element);
  wordsBox(frame);
  framingWindow(frame);
  wipe(frame);
  safeAreas(frame, find('.sb-stagebar .sb-group:last-child'));
  shapeProposal(frame);
  for (const type of ['play', 'pause', 'ended', 'loadedmetadata']) {
    video.addEventListener(type, () => drawPoster());
  }
  // Nothing plays on behind a dialog.
  onDialog(() => {
    player.pause();
    video.pause();
  });
  // What cannot be had, as of a server that is gone, is said instead of a broken picture.
  let broken = '';
  for (const part of [picture, video]) {
    part.addEventListener('error', () => {
      broken = part.getAttribute('src') || '';
      if (broken) set({});
      setTimeout(() => { broken = ''; }, 3000);  // what is drawn then tries again
    });
  }

  const words = h('p'), hint = h('p', {class: 'sb-soft'});
  const adder = fields.files('Add images or videos', {
    image: 'image', accept: 'image/*,video/*', multiple: true, kind: 'primary',
    chosen: files => addFiles(files),
  });
  const shape = shapeChoice();
  empty.append(icon('film'), words, hint, adder, shape);

  /** @type {(label: string, view: State['view']) => HTMLElement} */
  const tab = (label, view) => h('button', {
    type: 'button', class: 'sb-tab', onclick: () => set({view}),
  }, label);
  const tabs = {
    selection: tab('Selection', 'selection'), story: tab('Story', 'story'),
    video: tab('Result', 'video'),
  };
  find('.sb-scopes').append(h('div', {
    class: 'sb-tabs', role: 'group', 'aria-label': 'What the stage shows',
  }, ...Object.values(tabs)));
  let watched = '';  // the shot or transition whose frames were seen in the making

  /** @param {HTMLElement} part */
  function show(part) {
    for (const one of [picture, video, empty]) put(one, 'hidden', one !== part);
    put(screen, 'hidden', part !== screen);
    if (part !== video && !video.paused) video.pause();
  }

  /** @type {(element: Element, url: string) => void} */
  const source = (element, url) => {
    if (element.getAttribute('src') !== (url || '')) attr(element, 'src', url);
  };

  /** @type {(text: string, tone?: string) => void} */
  const label = (text, tone = '') => {
    put(badge, 'hidden', !text);
    put(badge, 'textContent', text);
    attr(badge, 'data-tone', tone);
  };

  /** @type {(text: string, more: string) => void} */
  const nothing = (text, more) => {
    put(words, 'textContent', text);
    put(hint, 'textContent', more);
    for (const one of [adder, shape]) put(one, 'hidden', state.story.shots.length > 0);
    label('');
    show(empty);
  };

  onDraw(({story, progress, selected, view}) => {
    const {width, height} = story.settings;
    stage.style.setProperty('--sb-ratio', String(width / height));
    stage.dataset.view = view;
    stage.toggleAttribute('data-upright', width / height < 0.8);
    const jobs = (progress.jobs || [progress.job]).filter(job => job && job.busy);
    const owner = selected ? ownerOf(selected) : '';
    const making = jobs.find(job => job.owner && job.owner === owner);
    const whole = jobs.find(job => job.kind === 'story');
    for (const [name, one] of Object.entries(tabs)) attr(one, 'aria-pressed', view === name);
    put(tabs.selection, 'hidden', !selected);
    put(tabs.story, 'hidden', !story.shots.length);
    put(tabs.video, 'hidden', !(progress.video || whole || view === 'video'));

    drawPoster();
    if (view === 'video') return drawVideo(progress, whole);
    if (!story.shots.length) {
      return nothing('An empty story', 'Each image or video becomes a shot, with a transition to the next.');
    }
    if (view === 'selection' && making && !state.take) {
      if (watched !== owner) player.pause();
      watched = owner;
      return drawLive(making);
    }
    const done = view === 'selection' && watched === owner && standingOf(owner).state;
    watched = '';
    show(screen);
    drawBadge();
    if (['ready', 'draft'].includes(done) && !still.matches) player.replay();
  });
  onTime(() => { if (!screen.hidden) drawBadge(); });

  function drawPoster() {
    const {view, progress: {video: made, jobs = []}} = state;
    const making = jobs.some(job => job.busy && job.kind === 'story');
    poster.update(view === 'video' && made && !making && broken !== made.url ? made : null);
  }

  /** @type {(progress: Progress, job: Job | undefined) => void} */
  const drawVideo = (progress, job) => {
    if (job) return drawLive(job);
    const made = progress.video;
    if (!made) return nothing('Not rendered yet', 'Render story makes the whole video.');
    if (broken === made.url) {
      return nothing('The video cannot be loaded', 'The server does not answer; it is tried again.');
    }
    label(made.outdated ?? progress.to_make > 0 ? 'Rendered before the latest changes' : '');
    if (['gif', 'webp'].includes(made.kind)) {
      source(picture, made.url);
      attr(picture, 'alt', 'The finished story');
      return show(picture);
    }
    if (video.getAttribute('src') !== made.url) {
      source(video, made.url);
      if (!still.matches) video.play().catch(() => {});  // a browser may want a click first
    }
    show(video);
  };

  /** @param {Job} job */
  function drawLive(job) {
    const percent = job.fraction ? ` · ${Math.floor(job.fraction * 100)} %` : '';
    const text = job.state === 'queued'
      ? `${job.label} waits` : `Rendering ${job.doing || job.label}`;
    if (job.live) {
      source(picture, job.live);
      attr(picture, 'alt', 'The frame being rendered');
      show(picture);
    } else show(screen);
    label(text + percent, 'busy');
  }

  /* What is seen, and whether it is the real thing. */
  function drawBadge() {
    const part = partAt(player.time);
    if (!part) return;
    const owner = state.view === 'selection' && !player.playing && state.selected
      ? ownerOf(state.selected) : part.owner;
    attr(screen, 'aria-label', title(owner));
    const {take, view, story: {settings: {quality}}} = state;
    const {missing} = /** @type {Partial<Shot>} */ (part.item);
    label(...badgeOf({
      title: title(owner), take: Boolean(take && take.owner === owner), named: view === 'selection',
      rendered: player.rendered, missing, standing: standingOf(owner), quality,
    }));
  }

  /** @param {string} owner */
  function title(owner) {
    const {story: {shots}, take} = state;
    if (take && take.owner === owner) return `Take ${take.index + 1}`;
    const [left, right] = owner.split('>');
    const n = shots.findIndex(shot => shot.id === left) + 1;
    if (!right) return `Shot ${n}`;
    return `${standingOf(owner).state === 'cut' ? 'Cut' : 'Transition'} ${n} → ${n + 1}`;
  }
}
