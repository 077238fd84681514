/* When what is seen: every shot and transition of the story on one line of time. */
import {framesOf} from './starts.js';
import {state} from './store.js';

/** @type {{story: Story | null, key?: string, parts: TimedPart[]}} */
let known = {story: null, parts: []};

/** All in playing order; cuts take no time and are left out. The same array as long as the story is
    the same. */
export function schedule() {
  const {story} = state;
  const key = JSON.stringify([story.settings.fps,
    story.shots.map(shot => [shot.id, shot.duration_s]), story.edges.map(e => e.duration_s)]);
  if (known.story === story && known.key === key) return known.parts;
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
  known = {story, key, parts};
  return parts;
}

/** The part that is seen at `time`; the last one at the story's end.
 * @param {number} time */
export function partAt(time) {
  const parts = schedule();
  return parts.find(part => time < part.end - 1e-6) || parts[parts.length - 1] || null;
}
