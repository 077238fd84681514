/* The beats of music: asked for until the server has found them, and then where they are in the
   film. */
import {spanOf} from './heard.js';
import {set, state} from './store.js';

const PAUSE_MS = 1500, TRIES = 200;
/** Seconds of the file, by where its waveform is: that stands for its content. Empty while they are
    looked for, and where there are none.
 * @type {Map<string, number[]>} */
const known = new Map();

/** @type {(sound: SoundClip) => number[]} */
function beatsOf({peaks, beats}) {
  if (!peaks || !beats) return [];
  if (!known.has(peaks)) {
    known.set(peaks, []);
    ask(peaks, beats, TRIES);
  }
  return known.get(peaks);
}

/** When the beats of a sound are heard, seconds of the film, in order.
 * @type {(sound: SoundClip) => number[]} */
export function filmBeats(sound) {
  const {start, end, from, again, length} = spanOf(sound);
  const beats = beatsOf(sound).filter(beat => beat >= from).map(beat => beat - from);
  if (!beats.length) return [];
  const period = again === null || length === null ? 0 : length - again, found = [];
  for (let round = start; round < end; round += period) {
    for (const beat of beats) if (round + beat < end && round + beat >= 0) found.push(round + beat);
    if (period <= 0) break;
  }
  return found;
}

/** Those of all music.
 * @returns {number[]} */
export const allBeats = () => state.story.tracks.flatMap(track => track.sounds.flatMap(filmBeats));

/** @type {(peaks: string, url: string, left: number) => Promise<void>} */
async function ask(peaks, url, left) {
  try {
    const answer = await fetch(url);
    if (answer.status === 202 && left) setTimeout(() => ask(peaks, url, left - 1), PAUSE_MS);
    if (answer.status === 204) known.delete(peaks);  // the sound was removed; it may come again
    if (answer.status !== 200) return;
    known.set(peaks, await answer.json());
    set({});
  } catch { /* without its beats a music can be edited all the same */ }
}
