/* Copy, cut and paste of shots, in this story and in others, also of other tabs: what goes through
   the clipboard is the name of a copy that the server has, so that a picture copied later is what is
   pasted, and nothing that another page put there is believed. */
import {shortcut} from '../kit/shortcuts.js';
import {plural} from '../kit/words.js';
import {copyLook, lookTargets, pasteLook} from '../store/looks.js';
import {send, shotOf, state} from '../store/store.js';

const OURS = 'application/x-storyboard-shots';
const LATEST = 'storyboard-copy';  // for a menu, which may not read the clipboard

const freshName = () => `copy-${[...crypto.getRandomValues(new Uint8Array(16))]
  .map(byte => byte.toString(16).padStart(2, '0')).join('')}`;

/** @param {Line} line
 * @returns {ShotClipboard} */
export function clipboard(line) {
  const group = 'Timeline';
  /** @param {ClipboardEvent} event */
  const free = event => !event.defaultPrevented && state.story
    && !/** @type {Element} */ (event.target).closest('input, textarea, select, [contenteditable], dialog');
  /** @param {string} name */
  const pasteCopy = name => line.make('paste_shots', {copy_name: name, before: line.here()});

  /** @param {string[]} ids */
  function record(ids) {
    const name = freshName();
    send('copy_shots', {copy_name: name, ids});
    localStorage.setItem(LATEST, name);
    return name;
  }
  /** @param {ClipboardEvent} event */
  function copied(event) {
    const ids = line.picked();
    if (!free(event) || !ids.length || String(getSelection())) return 0;
    event.preventDefault();
    const name = record(ids);
    event.clipboardData.setData(OURS, name);
    event.clipboardData.setData('text/plain', ids.map(id => shotOf(id).prompt).join('\n'));
    return ids.length;
  }
  document.addEventListener('copy', event => {
    const count = copied(event);
    if (count) line.say(`${plural(count, 'shot')} copied`);
  });
  document.addEventListener('cut', event => {
    if (copied(event)) line.remove();
  });
  document.addEventListener('paste', event => {
    if (!free(event)) return;
    const files = [...event.clipboardData.files], name = event.clipboardData.getData(OURS);
    if (files.length) line.addFiles(files, line.here());
    else if (name) pasteCopy(name);
    else return;
    event.preventDefault();
  });

  /* From a menu: a browser that lets nothing into the clipboard then still has the copy. */
  function copy() {
    const before = latest();
    document.addEventListener('beforecopy', allowed);
    document.execCommand('copy');
    document.removeEventListener('beforecopy', allowed);
    if (latest() === before) record(line.picked());
  }
  /** @param {Event} event */
  const allowed = event => event.preventDefault();
  const latest = () => localStorage.getItem(LATEST);

  const looks = {
    copy() {
      if (!state.selected) return false;
      const kind = copyLook();
      line.say(`Look of the ${kind === 'edge' ? 'transition' : 'shot'} copied`);
      return true;
    },
    paste() {
      const count = pasteLook();
      if (!count) return false;
      line.say(`Look pasted onto ${count}`);
      return true;
    },
  };
  // Listed with the others; the browser's own events do them.
  shortcut('Ctrl+C', {label: 'Copy shots', group, act: () => false});
  shortcut('Ctrl+X', {label: 'Cut shots', group, act: () => false});
  shortcut('Ctrl+V', {label: 'Paste shots or a picture', group, act: () => false});
  shortcut('Ctrl+Alt+C', {label: 'Copy the look of a shot or transition', group, act: looks.copy});
  shortcut('Ctrl+Alt+V', {label: 'Paste it onto what is selected', group, act: looks.paste});

  return {
    copy,
    cut() {
      copy();
      line.remove();
    },
    paste: () => pasteCopy(latest()),
    canPaste: () => Boolean(latest()),
    copyLook: looks.copy, pasteLook: looks.paste, lookTargets,
  };
}
