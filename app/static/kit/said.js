/* What the server says: each a line that stays until it is closed. They stand above the timeline, and
   in the dialog that is open, and cover nothing. */
import {onDraw, set, state} from '../store/store.js';
import {button, h} from './dom.js';

/** @type {(text: string) => HTMLElement} */
export const saidNote = text => h('div', {class: 'sb-note sb-said'}, h('span', {}, text), button('Close', {
  image: 'close', text: false, kind: 'quiet',
  action: () => set({messages: state.messages.filter(other => other !== text)}),
}));

/** A place for them that is up to date while `shown`.
 * @param {() => boolean} shown */
export function saidHere(shown) {
  const box = h('div', {class: 'sb-said-here', 'aria-live': 'polite'});
  let drawn = '';
  onDraw(({messages}) => {
    const now = shown() ? messages : [], key = JSON.stringify(now);
    if (key === drawn) return;
    drawn = key;
    box.replaceChildren(...now.map(saidNote));
  });
  return box;
}
