/* The keys: each part of the page says here which it knows, and the overlay `?` lists them all. */
import {state} from '../store/store.js';

/** @type {{keys: string[], label: string, group: string, act: (event: KeyboardEvent) => unknown}[]} */
const known = [];

export const shortcuts = () => known;

/** keys: as 'Ctrl+Z', 'Shift+D', ' ' or '?', several as a list; Ctrl is Cmd on a Mac. `act` gets
    the event, and returns false where the key is not its business after all.
 * @param {string | string[]} keys
 * @param {{label: string, group: string, act: (event: KeyboardEvent) => unknown}} does */
export function shortcut(keys, {label, group, act}) {
  known.push({keys: [keys].flat(), label, group, act});
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  const name = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}`
    + `${shift ? 'Shift+' : ''}${name}`;
}

/** In a field the keys write, and on a control the space bar and the arrows work it.
 * @param {KeyboardEvent} event */
function meantForControl(event) {
  const target = /** @type {Element} */ (event.target);
  if (target.closest('textarea, select, [contenteditable]')) return true;
  const input = target.closest('input');
  if (input) {
    const writes = !['checkbox', 'radio', 'range', 'file', 'button'].includes(input.type);
    return writes || /^( |Arrow.*|Home|End|Page.*)$/.test(event.key);
  }
  // On a card or a chip the space bar plays: Enter selects it.
  const pressing = target.closest('.sb-card, .sb-link') ? ['Enter'] : [' ', 'Enter'];
  return !event.ctrlKey && !event.metaKey && pressing.includes(event.key)
    && Boolean(target.closest('button, a, summary'));
}

document.addEventListener('keydown', event => {
  if (!state.story || event.defaultPrevented || meantForControl(event)) return;
  if (document.querySelector('dialog:modal')) return;  // what lies behind it is out of reach
  const key = pressed(event);
  for (const {keys, act} of known) {
    if (keys.includes(key) && act(event) !== false) {
      event.preventDefault();
      return;
    }
  }
});
