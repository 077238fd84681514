/* Finding shots and transitions by title and prompt, and going from one hit to the next. */
import {button, h, put} from '../kit/dom.js';
import {shortcut} from '../kit/shortcuts.js';
import {asSelected, onDraw, ownerOf, pickAll, select, state} from '../store/store.js';
import {hits} from './hits.js';

/** @param {Line} line
 * @returns {() => void} what opens it */
export function findBar(line) {
  const input = h('input', {type: 'search', 'aria-label': 'Find by title and prompt', placeholder: 'Title or prompt'});
  const count = h('span', {class: 'sb-found', role: 'status'});
  /** @type {string[]} */
  let found = [];
  const all = button('Select all', {kind: 'quiet', action: () => found.length && pickAll(found)});
  const element = h('div', {class: 'sb-find', role: 'search', hidden: true}, input, count,
    button('Hit before', {image: 'left', text: false, kind: 'quiet', action: () => go(-1), keys: 'Shift+Enter'}),
    button('Next hit', {image: 'right', text: false, kind: 'quiet', action: () => go(1), keys: 'Enter'}),
    all, button('Close', {image: 'close', text: false, kind: 'quiet', action: close, keys: 'Escape'}));
  line.scroller.before(element);

  const at = () => (state.selected ? found.indexOf(ownerOf(state.selected)) : -1);
  /** @param {number} by */
  function go(by) {
    if (!found.length) return;
    const now = at();
    const next = now < 0 ? (by > 0 ? 0 : found.length - 1) : (now + by + found.length) % found.length;
    select(asSelected(found[next]));
  }
  function update() {
    if (element.hidden) return;
    found = hits(state.story, input.value);
    const now = at() + 1;
    put(count, 'textContent', !input.value.trim() ? '' : !found.length ? 'Nothing found'
      : now ? `${now} of ${found.length}` : `${found.length} found`);
    put(all, 'hidden', found.length < 2);
  }
  function open() {
    put(element, 'hidden', false);
    update();
    input.focus();
    input.select();
  }
  function close() {
    put(element, 'hidden', true);
    const node = state.selected && line.node(ownerOf(state.selected));
    const stop = node && /** @type {HTMLElement | null} */ (node.querySelector('.sb-card, .sb-link'));
    if (stop) stop.focus();
  }
  input.addEventListener('input', () => {
    update();
    // On from where one is, as an editor of texts does it.
    if (found.length && at() < 0) select(asSelected(found[0]));
  });
  element.addEventListener('keydown', event => {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && event.target === input) go(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  shortcut('Ctrl+F', {label: 'Find by title and prompt', group: 'Timeline', act: open});
  onDraw(update);
  return open;
}
