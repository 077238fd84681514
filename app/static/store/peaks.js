/* The waveforms of sounds: loaded once each, and drawn when they have come. */
import {set} from './store.js';

export const PEAKS_A_SECOND = 100;
const KEPT = 200;
/** The lowest and the highest of each hundredth of a second, -127..127, by address; null while it
    is loaded, and where it cannot be.
 * @type {Map<string, Int8Array | null>} */
const known = new Map();

/** @type {(url: string) => Int8Array | null} */
export function peaksOf(url) {
  if (!known.has(url)) {
    known.set(url, null);
    load(url);
    if (known.size > KEPT) known.delete(known.keys().next().value);
  }
  return known.get(url);
}

/** How long the file is, seconds; null while nobody knows.
 * @type {(url: string | undefined) => number | null} */
export function lengthOf(url) {
  const peaks = url ? peaksOf(url) : null;
  return peaks && peaks.length / 2 / PEAKS_A_SECOND;
}

/** @param {string} url */
async function load(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) return;
    known.set(url, new Int8Array(await answer.arrayBuffer()));
    set({});
  } catch { /* without its waveform a sound can be edited all the same */ }
}
