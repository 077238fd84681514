/* Numbers and names as people say them. */

/** About how long, for an estimate: never more exact than it is.
 * @param {number} s */
export function about(s) {
  if (s < 3) return 'a moment';
  if (s < 10) return `about ${Math.round(s)} s`;
  if (s < 55) return `about ${Math.round(s / 5) * 5} s`;
  const minutes = Math.max(1, Math.round(s / 60));
  if (minutes < 60) return `about ${minutes} min`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number} n */
export function bytes(n) {
  if (n < 1e6) return `${Math.max(1, Math.round(n / 1e3))} kB`;
  return n < 1e9 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e9).toFixed(1)} GB`;
}

/** Of a download, which is not told to the last megabyte.
 * @param {number} n */
export function downloadSize(n) {
  if (n < 1e8) return `${(n / 1e6).toFixed(1)} MB`;
  return `${(n / 1e9).toFixed(n >= 1e10 ? 0 : 1)} GB`;
}

/** Of a machine, in the binary sizes that its maker names.
 * @param {number} n */
export const memorySize = n => `${Math.round(n / 2 ** 30)} GB`;

/** @param {number} when seconds since 1970 */
export function ago(when) {
  const date = new Date(when * 1000), now = new Date();
  const s = (now.getTime() - date.getTime()) / 1000;
  if (s < 60) return 'just now';
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  const clock = date.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'});
  if (date.toDateString() === now.toDateString()) return `today, ${clock}`;
  return date.toLocaleDateString('en-GB', {day: 'numeric', month: 'short', year: 'numeric'});
}

/** @type {(n: number, what: string) => string} */
export const plural = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** A medium's file without the part of its name that tells it from another of the same name.
 * @type {(file: string) => string} */
export const fileName = file => file.replace(/-[0-9a-f]{8}(\.\w+)$/, '$1');

/** How far a running render is, and how long it still takes.
 * @param {Job} job */
export function howFar({clips = [], writing, seconds_left: left}) {
  const done = clips.filter(([, percent]) => percent >= 100).length;
  const words = [writing ? 'Writing the file' : `${done} of ${plural(clips.length, 'part')}`];
  if (left != null) words.push(`${about(left)} left`);
  return words.join(' · ');
}

/** A rate as people call it: 30000/1001 is 29.97.
 * @param {number} fps */
export const rate = fps => `${Number(fps.toPrecision(5))} fps`;

/** Seconds as 4.5 s or 1:04.
 * @param {number} s */
export function seconds(s) {
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** What a shot is called, also where it has no title.
 * @type {(shot: Shot) => string} */
export const shotName = shot => shot.title || shot.prompt.split(/[.,;]/)[0].slice(0, 40) || 'Untitled';
