/* Where the pictures of shots are cropped. What nobody chose, the server finds: asked for once it is
   shown, and meanwhile in the middle. */
import {set} from './store.js';

/** What was answered, by address. @type {Map<string, [number, number] | null>} */
const found = new Map();

/** The part of its picture that a shot keeps in sight, from the left and the top, 0..1.
 * @type {(shot: Shot) => [number, number]} */
export function focusOf({focus, crop}) {
  if (focus) return focus;
  if (crop && !found.has(crop)) ask(crop);
  return found.get(crop) || [0.5, 0.5];
}

/** @param {string} address */
async function ask(address) {
  found.set(address, null);
  try {
    const response = await fetch(address);
    if (response.ok) found.set(address, await response.json());
  } catch {
    found.delete(address);  // gone, or on its way back: whoever draws next asks again
    return;
  }
  set({});
}
