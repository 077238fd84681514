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

/** Whether an element is written in. @param {Element} target */
const writes = target => Boolean(target.closest('textarea, [contenteditable],'
  + 'input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=button])'));

/** In a field the keys write, and on a control the space bar, the arrows and what finds a choice work
    it. What else is held with Ctrl is the page's wherever the focus is.
 * @param {KeyboardEvent} event */
function meantForControl(event) {
  const target = /** @type {Element} */ (event.target), ctrl = event.ctrlKey || event.metaKey;
  if (writes(target)) return !ctrl || event.altKey || !/^([^acvxyz]|Enter)$/i.test(event.key);
  if (target.closest('select')) {
    return !ctrl && (event.key.length === 1 || /^(Arrow.*|Home|End|Page.*|Enter)$/.test(event.key));
  }
  if (target.closest('input')) return !ctrl && !event.altKey && /^( |Arrow.*|Home|End|Page.*)$/.test(event.key);
  // On a card or a chip the space bar plays: Enter selects it.
  const pressing = target.closest('.sb-card, .sb-link') ? ['Enter'] : [' ', 'Enter'];
  return !ctrl && pressing.includes(event.key)
    && Boolean(target.closest('button, a, summary'));
}

document.addEventListener('keydown', event => {
  if (!state.story || event.defaultPrevented || meantForControl(event)) return;
  if (document.querySelector('dialog:modal')) return;  // what lies behind it is out of reach
  const key = pressed(event), field = /** @type {HTMLElement} */ (event.target);
  if (writes(field)) {  // what is typed counts for what the key does
    field.blur();
    field.focus();
  }
  for (const {keys, act} of known) {
    if (keys.includes(key) && act(event) !== false) {
      event.preventDefault();
      return;
    }
  }
});
