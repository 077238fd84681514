/* How large exports will be and how long they take: asked of the server, which may try a few frames,
   when what is asked for has not changed for a moment. */
import {state} from './store.js';

const SETTLED_MS = 350, AGAIN_MS = 1000, KEPT = 50;
/** By what was asked; null while the server is. @type {Map<string, SizeAnswer | null>} */
const known = new Map();
/** What is to be asked, and of which address. @type {Map<string, string>} */
const waiting = new Map();
let timer = 0;

/** What is known of this export; null while the server is asked, which calls `told`.
 * @type {(render: {format: string, captions: boolean, output: Wish}, told: () => void)
 *   => SizeAnswer | null} */
export function sizeOf(render, told) {
  const {sizes, rev} = state.story, query = JSON.stringify({op: 'render', ...render});
  const key = `${sizes} ${rev} ${state.progress.changes || 0} ${query}`;
  if (known.has(key)) return known.get(key);
  waiting.set(key, `${sizes}?render=${encodeURIComponent(query)}`);
  clearTimeout(timer);
  timer = setTimeout(() => {
    // One after the other: the server looks at one at a time.
    const now = [...waiting].filter(([key]) => !known.has(key));
    waiting.clear();
    for (const [key] of now) known.set(key, null);
    ask(now, told);
  }, SETTLED_MS);
  return null;
}

/** @type {(questions: [string, string][], told: () => void) => Promise<void>} */
async function ask(questions, told) {
  for (const [key, address] of questions) {
    try {
      const response = await fetch(address);
      if (response.status === 200) known.set(key, await response.json());
      else {  // others ask just now
        known.delete(key);
        setTimeout(told, AGAIN_MS);
        continue;
      }
    } catch {
      known.delete(key);  // the server is gone or on its way back: the next change asks again
      continue;
    }
    while (known.size > KEPT) known.delete(known.keys().next().value);
    told();
  }
}
