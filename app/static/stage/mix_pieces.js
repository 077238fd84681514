/* The pieces of the story's mix, as the server makes them. After an edit each is asked for anew
   before it is used next; the server says which are as they were, and the browser has those. */
import {state} from '../store/store.js';

export const PIECE_S = 2;  // as the server cuts them
const RATE = 48000;
const MOST = 40;  // pieces kept: a piece is 0.8 MB
const AGAIN_MS = 2000;  // after what failed

/** `name` tells its content, `edition` of which story it is known to be.
 * @typedef {{buffer: AudioBuffer, name: string, edition: string}} MixPiece */

export function makePieces() {
  /** @type {Map<number, MixPiece>} */
  const known = new Map();
  /** What is on its way, of which edition, and what failed when. @type {Map<number, string>} */
  const coming = new Map();
  /** @type {Map<number, {edition: string, when: number}>} */
  const failed = new Map();
  // Decodes, and does nothing else: there is no context before the user's first press.
  const decoder = new OfflineAudioContext(2, 1, RATE);
  let story = '';

  const edition = () => `${state.story.story} ${state.story.rev} ${state.solo}`;

  /** @type {(n: number) => string} */
  const address = n => `${state.story.mix}?${new URLSearchParams([
    ['chunk', String(n)], ...state.solo.map(id => ['solo', id])])}`;

  /** @type {(n: number, of: string) => Promise<void>} */
  const load = async (n, of) => {
    coming.set(n, of);
    try {
      const answer = await fetch(address(n));
      if (answer.status !== 200) throw new Error(`${answer.status}`);
      const name = answer.headers.get('ETag') || '', old = known.get(n);
      const same = old && old.name === name;
      const buffer = same ? old.buffer : await decoder.decodeAudioData(await answer.arrayBuffer());
      if (coming.get(n) !== of) return;  // asked for anew meanwhile
      known.delete(n);
      known.set(n, {buffer, name, edition: of});
      if (known.size > MOST) known.delete(known.keys().next().value);
    } catch {
      failed.set(n, {edition: of, when: performance.now()});
    } finally {
      if (coming.get(n) === of) coming.delete(n);
    }
  };

  return {
    rate: RATE,
    /** The last piece of the story. */
    last: () => Math.max(0, Math.ceil(state.story.total_s / PIECE_S) - 1),
    /** A piece as it was when it was last loaded; null where it never was. What an edit may have
        changed is loaded anew.
     * @type {(n: number) => MixPiece | null} */
    get(n) {
      const of = edition();
      if (state.story.story !== story) {
        for (const map of [known, coming, failed]) map.clear();
        ({story} = state.story);
      }
      const piece = known.get(n), wrong = failed.get(n);
      const again = !wrong || wrong.edition !== of || performance.now() - wrong.when > AGAIN_MS;
      if ((!piece || piece.edition !== of) && coming.get(n) !== of && again) load(n, of);
      return piece || null;
    },
  };
}
