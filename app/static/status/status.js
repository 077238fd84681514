/* The bottom line: what is being rendered, how long it takes, and how to stop it. A press on it
   opens all renders. */
import {openDialog} from '../kit/dialog.js';
import {attr, button, put, refuse, setWidth} from '../kit/dom.js';
import {howFar, plural, rate} from '../kit/words.js';
import {follow, onDraw, send, state} from '../store/store.js';

/**
 * @param {HTMLElement} element
 * @param {Zone<Progress>} zone */
export function mountStatus(element, {value, watch}) {
  /** @type {(name: string) => HTMLElement} */
  const find = name => element.querySelector(name);
  const doing = find('.sb-doing'), progress = find('.sb-progress'), counted = find('.sb-count');
  const facts = find('.sb-facts'), spoken = find('.sb-unseen'), act = find('.sb-act');
  find('.sb-work').addEventListener('click', () => openDialog('renders'));

  const cancel = button('Cancel', {kind: 'quiet', action: () => {
    send('cancel', {job: state.progress.job.id});
  }});
  const retry = button('Retry', {kind: 'quiet', action: () => {
    send('retry', {job: state.progress.job.id});
  }});
  const goOn = button('Go on', {kind: 'quiet', action: () => send('resume', {go_on: true})});
  const leave = button('Dismiss', {kind: 'quiet', action: () => send('resume', {go_on: false})});
  act.append(cancel, retry, goOn, leave);

  onDraw(({story, progress: now}) => {
    const {job} = now;
    const busy = Boolean(job && job.busy);
    const percent = busy ? Math.floor((job.writing || job.fraction || 0) * 100) : 0;
    put(progress, 'hidden', !busy);
    attr(progress, 'aria-valuenow', percent);
    setWidth(progress, percent);
    const failed = Boolean(job && job.state === 'failed');
    put(cancel, 'hidden', !busy);
    put(retry, 'hidden', !failed || !job.again);
    put(goOn, 'hidden', !now.interrupted);
    put(leave, 'hidden', !now.interrupted);
    refuse(cancel, job && job.state === 'cancelling' ? 'It stops at the next frame' : '');
    put(doing, 'textContent', says(job, now));
    put(doing, 'title', job && job.message ? job.message : '');
    attr(doing, 'data-bad', failed || (!busy && now.plan_problem) ? 'yes' : null);
    const more = now.waiting ? ` · ${now.waiting} more waiting` : '';
    put(counted, 'textContent', busy && job.clips ? `${howFar(job)}${more}` : '');
    speak(job, now);
    const {settings} = story;
    put(facts, 'textContent',
      `${settings.width} × ${settings.height} · ${rate(settings.fps)} · ${settings.quality}`);
  });

  /** @type {(job: Job | null, now: Progress) => string} */
  const says = (job, now) => {
    if (job && job.busy) {
      if (job.state === 'cancelling') return 'Cancelling…';
      if (job.state === 'queued') {
        return job.ahead ? `${job.label} waits, ${job.ahead} before it` : `${job.label} starts`;
      }
      const what = job.doing || job.label.toLowerCase();
      return what.startsWith('writing') ? 'Rendering the story' : `Rendering ${what}`;
    }
    const [other] = now.others || [];
    if (other) return `“${other.title || 'Untitled story'}” is being rendered`;
    if (now.interrupted) return 'The last render was interrupted.';
    if (now.plan_problem) return now.plan_problem;
    if (job && job.state === 'failed') return `${job.label}: ${job.message}`;
    if (job && job.state === 'cancelled') return job.message;
    if (job && job.state === 'done') {
      return job.kind === 'story' ? 'The story is rendered.' : `${job.label}: rendered.`;
    }
    if (!state.story.shots.length) return 'Add images or videos to begin.';
    return standing(Object.values(now.states || {}));
  };

  /** What rendering the story would do.
   * @param {Standing[]} parts */
  function standing(parts) {
    const drafts = parts.filter(part => part.state === 'draft').length;
    const rest = parts.filter(part => part.state === 'stale').length;
    if (!drafts && !rest) return 'All parts are rendered.';
    if (!drafts) {
      return `${plural(rest, 'part')} not rendered; render the story to make ${rest === 1 ? 'it' : 'them'}.`;
    }
    const words = rest ? `${plural(drafts, 'draft')}, ${plural(rest, 'part')} not rendered`
      : `${plural(drafts, 'part')} ${drafts === 1 ? 'is a draft' : 'are drafts'}`;
    return `${words}; render the story to make the final.`;
  }

  /* Said aloud when something begins or ends, not for each clip and percent. */
  /** @type {string | null} */
  let known = null;
  /** @type {(job: Job | null, now: Progress) => void} */
  const speak = (job, now) => {
    const what = job ? `${job.id} ${job.state}` : now.interrupted ? 'interrupted' : '';
    if (what === known) return;
    const first = known === null;
    known = what;
    if (first && !now.interrupted && !(job && job.busy)) return;  // it was over before
    put(spoken, 'textContent', job && job.state === 'running' ? `Rendering: ${job.label}`
      : says(job, now));
  };

  watch('value', () => follow(value()));
  follow(value());
}
