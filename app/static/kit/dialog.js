/* What dialogs share. The browser keeps the focus inside an open dialog, and gives it back
   where it was. */
import {button, h} from './dom.js';
import {saidHere} from './said.js';

/** What opens each, by name. @type {Map<string, (at?: string) => void>} */
const known = new Map();

/** @type {(() => void)[]} */
const openers = [];

/** `act` is called whenever a dialog opens.
 * @param {() => void} act */
export function onDialog(act) {
  openers.push(act);
}

/** @type {(name: string, at?: string) => void} `at` is where in it to look first */
export function openDialog(name, at) {
  known.get(name)(at);
}

/** The dialog of a zone, with its close button; a press beside it closes it, too.
 * @param {string} name
 * @param {HTMLElement} element
 * @param {{opened?: (at: string) => void}} [options] */
export function dialog(name, element, {opened = () => {}} = {}) {
  const box = element.querySelector('dialog');
  box.querySelector('.sb-dialog-close').append(
    button('Close', {image: 'close', text: false, kind: 'quiet', action: () => box.close()}));
  box.querySelector('.sb-dialog-head').after(saidHere(() => box.open));
  box.addEventListener('pointerdown', event => event.target === box && box.close());
  const open = (at = '') => {
    if (box.open) return;
    for (const act of openers) act();
    box.showModal();
    opened(at);
  };
  known.set(name, open);
  return {box, open: () => open(), close: () => box.close()};
}

/** A button that asks back in its own place before it acts.
 * @param {string} label
 * @param {string} question
 * @param {{act: () => void, kind?: string}} options */
export function confirmed(label, question, {act, ...rest}) {
  const ask = button(label, {...rest, action: () => turn(true)});
  const yes = button(question, {kind: 'danger', action: () => { turn(false); act(); }});
  const no = button('No', {kind: 'quiet', action: () => turn(false)});
  const sure = h('span', {class: 'sb-sure', role: 'group', hidden: true}, yes, no);
  /** @param {boolean} asking */
  function turn(asking) {
    ask.hidden = asking;
    sure.hidden = !asking;
    (asking ? no : ask).focus();
  }
  sure.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    turn(false);
  });
  return h('span', {class: 'sb-confirmed'}, ask, sure);
}
