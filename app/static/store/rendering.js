/* Rendering the story into a file. The format is remembered in this browser, for each story. */
import {onDraw, send, set, state} from './store.js';

/** [name, what it is] of each file format. @type {Record<string, [string, string]>} */
export const formats = {
  mp4: ['MP4', 'Plays everywhere, with sound'],
  webm: ['WebM', 'Smaller, with sound; takes longer to write'],
  gif: ['GIF', 'No sound, at most 640 pixels wide, and large'],
  zip: ['PNG sequence', 'Every frame without loss in one .zip, no sound, very large'],
};
let story = '', format = '';

/** Render the story into a file, with what was chosen last unless `options` say otherwise.
 * @param {{name?: string, captions?: boolean}} [options] */
export function renderStory(options = {}) {
  set({view: 'video'});
  send('render', {format: state.format, ...options});
}

/** Why the story cannot be rendered now; '' where it can. */
export function refusal() {
  const {job} = state.progress;
  return !state.story.shots.length ? 'Add an image or a video first'
    : state.progress.plan_problem
      || (job && job.busy && job.kind === 'story' ? 'The story is being rendered already' : '');
}

onDraw(() => {
  const key = `storyboard-format-${state.story.story}`;
  if (state.story.story !== story) {
    story = state.story.story;
    const kept = localStorage.getItem(key);
    state.format = state.catalogue.formats.includes(kept) ? kept : 'mp4';
  } else if (state.format !== format) localStorage.setItem(key, state.format);
  format = state.format;
});
