/* Waveforms on the canvas of a lane, which is as wide as what is in sight. */
import {PEAKS_A_SECOND} from '../store/peaks.js';

const TICK = 7, LEAST = 4;  // pixels: how tall the tick of a beat is, and how far from the next

/** @typedef {import('../store/heard.js').Span} Span */
/** What is drawn of a sound; `gain` is its volume at a second of the film.
 * @typedef {{peaks: Int8Array | null, span: Span, gain: (time: number) => number, faint?: boolean,
 *   beats?: number[]}}
 *   Wave */

/** The lowest and the highest of a sound between two seconds of its file, -1..1.
 * @type {(peaks: Int8Array, from: number, to: number) => [number, number]} */
export function extremes(peaks, from, to) {
  const last = peaks.length / 2 - 1;
  const first = Math.floor(from * PEAKS_A_SECOND);
  const end = Math.max(first, Math.ceil(to * PEAKS_A_SECOND) - 1);
  let low = 0, high = 0;
  for (let i = Math.max(0, first); i <= Math.min(last, end); i++) {
    low = Math.min(low, peaks[2 * i]);
    high = Math.max(high, peaks[2 * i + 1]);
  }
  return [low / 127, high / 127];
}

/** The second of its file that is heard at `time` of the film; null behind its end.
 * @type {(span: Span, time: number) => number | null} */
export function place({start, from, again, length}, time) {
  const at = from + time - start;
  if (length === null || at < length) return at;
  if (again === null || again >= length) return null;
  return again + (at - length) % (length - again);
}

/** What shapes a sound: a rise over its first and a fall over its last seconds.
 * @type {(span: Span, fade: {rise: number, fall: number}, time: number) => number} */
export function fades({start, end}, {rise, fall}, time) {
  const up = rise > 0 ? (time - start) / rise : 1;
  const down = fall > 0 ? (end - time) / fall : 1;
  return Math.max(0, Math.min(1, up, down));
}

/** In which columns these seconds of the film are, where there is room between them.
 * @type {(beats: number[], times: Float64Array) => number[]} */
export function columnsOf(beats, times) {
  const seen = beats.filter(beat => beat >= times[0] && beat < times[times.length - 1]);
  if (seen.length * LEAST > times.length) return [];
  let x = 0;
  return seen.map(beat => {
    while (times[x + 1] <= beat) x++;
    return x;
  });
}

/** Draw the sounds of a lane for the columns between `times`.
 * @type {(canvas: HTMLCanvasElement, times: Float64Array, waves: Wave[]) => void} */
export function drawWaves(canvas, times, waves) {
  const sharp = window.devicePixelRatio || 1;
  const {clientWidth: width, clientHeight: height} = canvas;
  if (canvas.width !== Math.round(width * sharp)) canvas.width = Math.round(width * sharp);
  if (canvas.height !== Math.round(height * sharp)) canvas.height = Math.round(height * sharp);
  const pen = canvas.getContext('2d');
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = getComputedStyle(canvas).color;
  const middle = height / 2, reach = middle - 3;
  for (const {peaks, span, gain, faint, beats = []} of waves) {
    pen.globalAlpha = 1;
    for (const x of columnsOf(beats, times)) pen.fillRect(x, height - TICK, 1, TICK);
    if (!peaks) continue;
    pen.globalAlpha = faint ? 0.4 : 0.85;
    for (let x = 0; x < times.length - 1; x++) {
      const [t0, t1] = [Math.max(times[x], span.start), Math.min(times[x + 1], span.end)];
      const at = t1 > t0 ? place(span, t0) : null;
      if (at === null) continue;
      const [low, high] = extremes(peaks, at, at + t1 - t0), loud = gain((t0 + t1) / 2);
      const top = Math.min(1, high * loud) * reach, below = Math.min(1, -low * loud) * reach;
      pen.fillRect(x, middle - Math.max(0.5, top), 1, Math.max(0.5, top) + Math.max(0.5, below));
    }
  }
  pen.globalAlpha = 1;
}
