/* Rendering the story into a file. The format is remembered in this browser, for each story. */
import {onDraw, send, set, state} from './store.js';

let story = '', format = '';

/** What the server knows of a file format.
 * @param {string} name */
export const formatOf = name => state.catalogue.formats.find(known => known.name === name);

/** Render the story into a file, with what was chosen last unless `options` say otherwise.
 * @param {{format?: string, name?: string, captions?: boolean, output?: Wish}} [options] */
export function renderStory(options = {}) {
  set({view: 'video'});
  send('render', {format: state.format, ...options});
}

/** Why the story cannot be rendered now, or no part of it; '' where it can.
 * @param {boolean} [partly] */
export function refusal(partly = false) {
  const {job} = state.progress;
  return !state.story.shots.length ? 'Add an image or a video first'
    : (!partly && state.progress.plan_problem)
      || (job && job.busy && job.kind === 'story' ? 'The story is being rendered already' : '');
}

/** Why there can be no export now; others may wait before it.
 * @param {boolean} partly */
export const exportRefusal = partly => (!state.story.shots.length ? 'Add an image or a video first'
  : (!partly && state.progress.plan_problem) || '');

onDraw(() => {
  const key = `storyboard-format-${state.story.story}`;
  if (state.story.story !== story) {
    story = state.story.story;
    const kept = localStorage.getItem(key);
    state.format = formatOf(kept) ? kept : 'mp4';
  } else if (state.format !== format) localStorage.setItem(key, state.format);
  format = state.format;
});
