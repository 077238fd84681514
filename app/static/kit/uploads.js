/* Files on their way to the server. */
import {bytes} from './words.js';
import {state} from '../store/store.js';

const PATH = 'gradio_api/upload';

/** Who says why files did not come through. @type {(lines: string[]) => void} */
let say = () => {};

/** @param {typeof say} told */
export function onRefused(told) {
  say = told;
}

const byName = new Intl.Collator('en', {numeric: true, sensitivity: 'base'}).compare;

/** Files that were selected together, as people count: `shot2` before `shot11`. A browser gives them
    as the system's dialog lists them, which each system does its own way.
 * @param {File[]} files */
export const inOrder = files => [...files].sort((one, other) => byName(one.name, other.name));

/** Upload files one after the other; `then` gets what came through. `step` hears of each file when
    it starts (true) and when it has failed (false).
 * @param {File[]} files
 * @param {(done: {path: string, name: string}[]) => unknown} then
 * @param {(n: number, begins: boolean) => void} [step] */
export async function uploadAll(files, then, step = () => {}) {
  const done = [], refused = [];
  for (const [i, file] of files.entries()) {
    step(i, true);
    try {
      done.push({path: await upload(file), name: file.name});
    } catch (error) {
      refused.push(`${file.name}: ${/** @type {Error} */ (error).message}`);
      step(i, false);
    }
  }
  say(refused);
  if (done.length) await then(done);
}

/** The id of a file that came through.
 * @param {File} file
 * @returns {Promise<string>} */
async function upload(file) {
  const most = state.catalogue.max_upload, size = bytes(file.size);
  if (file.size > most) throw new Error(`has ${size}; a file of at most ${bytes(most)} is taken`);
  const form = new FormData();
  form.append('files', file);
  let answer;
  try {
    answer = await fetch(PATH, {method: 'POST', body: form});
  } catch {
    throw new Error('could not be sent, the connection broke off; add it again');
  }
  if (answer.ok) return (await answer.json())[0];
  if (answer.status === 413) {
    // The server itself would have taken it.
    throw new Error(`has ${size}, and the proxy before this server takes less, while the server `
      + `takes ${bytes(most)}; whoever runs them can set the proxy to that, too`);
  }
  /** @type {{detail?: string}} */
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.detail || `was refused (${answer.status})`);
}
