/* Files on their way to the server. */

/** Set by the part that Gradio lets upload files.
 * @type {(file: File) => Promise<{path: string}>} */
let upload;

/** @param {typeof upload} way */
export function connectUploads(way) {
  upload = way;
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
  const done = [];
  for (const [i, file] of files.entries()) {
    step(i, true);
    try {
      const {path} = await upload(file);
      done.push({path, name: file.name});
    } catch (error) {
      console.warn('upload refused', error);  // Gradio says it in a toast
      step(i, false);
    }
  }
  if (done.length) await then(done);
}
