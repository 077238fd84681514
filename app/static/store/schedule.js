/* When what is seen: every shot and transition of the story on one line of time. */
import {framesOf} from './starts.js';
import {state} from './store.js';

/** @type {{story: Story | null, lengths: number[], parts: TimedPart[]}} */
let known = {story: null, lengths: [], parts: []};

/** Whether shots and edges are as long as they were: a drag changes their lengths in place. Asked for
    hundreds of times in a drawing, so it makes nothing.
 * @type {(story: Story) => boolean} */
function unchanged({shots, edges, settings}) {
  const {lengths, parts} = known;
  let i = 0;
  if (lengths[i++] !== settings.fps || lengths.length !== 1 + shots.length + edges.length) return false;
  for (const {duration_s: seconds} of shots) if (lengths[i++] !== seconds) return false;
  for (const {duration_s: seconds} of edges) if (lengths[i++] !== seconds) return false;
  let k = 0;
  for (const part of parts) if (part.kind === 'shot' && part.owner !== shots[k++].id) return false;
  return true;
}

/** All in playing order; cuts take no time and are left out. The same array as long as the story is
    the same. */
export function schedule() {
  const {story} = state;
  if (known.story === story && unchanged(story)) return known.parts;
  /** @type {TimedPart[]} */
  const parts = [];
  let at = 0;
  /** @type {(owner: string, kind: TimedPart['kind'], item: Shot | Edge, count: number) => void} */
  const add = (owner, kind, item, count) => {
    if (!count) return;
    const start = at / story.settings.fps;
    at += count;
    parts.push({owner, kind, item, frames: count, start, end: at / story.settings.fps});
  };
  story.shots.forEach((shot, i) => {
    const edge = story.edges[i - 1];
    if (edge) add(edge.owner, 'edge', edge, framesOf(story, edge.duration_s));
    add(shot.id, 'shot', shot, Math.max(1, framesOf(story, shot.duration_s)));
  });
  known = {
    story, parts,
    lengths: [story.settings.fps, ...[...story.shots, ...story.edges].map(one => one.duration_s)],
  };
  return parts;
}

/** The part that is seen at `time`; the last one at the story's end.
 * @param {number} time */
export function partAt(time) {
  const parts = schedule();
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time < parts[middle].end - 1e-6) high = middle; else low = middle + 1;
  }
  return parts[low] || parts[parts.length - 1] || null;
}
