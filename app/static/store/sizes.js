/* How large an export will be: asked of the server, which may try a few frames, when what is asked for
   has not changed for a moment. */
import {state} from './store.js';

const SETTLED_MS = 350;
let known = '', timer = 0;
/** @type {SizeAnswer | null} */
let answer = null;

/** What is known of this export; null while the server is asked, which calls `told`.
 * @type {(render: {format: string, captions: boolean, output: Wish}, told: () => void)
 *   => SizeAnswer | null} */
export function sizeOf(render, told) {
  const {sizes, rev} = state.story, query = JSON.stringify({op: 'render', ...render});
  const key = `${sizes} ${rev} ${state.progress.changes || 0} ${query}`;
  if (key === known) return answer;
  [known, answer] = [key, null];
  clearTimeout(timer);
  timer = setTimeout(async () => {
    /** @type {SizeAnswer | null} */
    let found = null;
    try {
      const response = await fetch(`${sizes}?render=${encodeURIComponent(query)}`);
      if (response.ok) found = await response.json();
    } catch {
      return;  // the server is gone or on its way back: the next change asks again
    }
    if (key !== known) return;
    answer = found;
    told();
  }, SETTLED_MS);
  return null;
}
