/* What fills a shot: its file, and what is generated or repeated beyond that. */
import {framesOf} from './starts.js';

/** How many seconds of a shot lie beyond its video; 0 where the video fills it.
 * @type {(story: Story, shot: Shot) => number} */
export function beyond(story, shot) {
  if (shot.kind !== 'video' || shot.video_s === undefined) return 0;
  const left = shot.duration_s - shot.video_s;
  return left * story.settings.fps >= 1 ? left : 0;
}

/** The seconds of the file that are seen, of one round where it repeats.
 * @type {(shot: Shot) => {in_s: number, out_s: number}} */
export function seen({footage, duration_s: lasts}) {
  const {in_s, out_s, speed, reverse, freeze} = footage;
  if (freeze) return {in_s, out_s: in_s};
  const used = Math.min(lasts * speed, out_s - in_s);
  return reverse ? {in_s: out_s - used, out_s} : {in_s, out_s: in_s + used};
}

/** The second of its file that a shot shows `at` seconds after it begins; generated ones hold the
    last.
 * @type {(film: Footage, at: number, loops: boolean) => number} */
export function secondAt({in_s: first, out_s: last, into_s: into, speed, reverse, freeze}, at, loops) {
  if (freeze) return first;
  const length = last - first, there = into + at * speed;
  const inside = loops && length > 0 ? there % length : Math.min(there, length);
  return reverse ? last - inside : first + inside;
}

/** How far the start of a shot can be trimmed: seconds from the least, less than 0 where there is
    more before it, to the most.
 * @type {(story: Story, shot: Shot) => {least: number, most: number}} */
export function headRoom(story, shot) {
  const {fps} = story.settings, most = (framesOf(story, shot.duration_s) - 1) / fps;
  const {footage} = shot;
  if (!footage || footage.freeze || shot.past_end === 'loop') return {least: -600, most};
  const before = footage.reverse ? footage.file_s - footage.out_s : footage.in_s;
  return {
    least: -Math.floor(before / footage.speed * fps + 1e-3) / fps,
    most: Math.min(most, (Math.ceil(shot.video_s * fps - 1e-3) - 1) / fps),
  };
}
