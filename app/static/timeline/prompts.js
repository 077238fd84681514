/* All prompts as lines of text. Enter goes to the next line as in any text, Shift+Enter breaks one, and
   several lines that are pasted go into as many prompts, as one edit. */
import {attr, button, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {keyed} from '../kit/keyed.js';
import {shotName} from '../kit/words.js';
import {asSelected, itemOf, select, send, state} from '../store/store.js';

/** @typedef {{owner: string, shot: boolean, n: number, name: string, prompt: string,
 *   ghost: string}} Row */

/** @returns {Row[]} */
const rows = () => state.story.shots.flatMap((shot, i) => {
  const edge = state.story.edges[i];
  /** @type {Row} */
  const own = {
    owner: shot.id, shot: true, n: i + 1, name: shotName(shot), prompt: shot.prompt, ghost: 'No prompt yet',
  };
  return edge && edge.duration_s ? [own, {
    owner: edge.owner, shot: false, n: i + 1, name: `Transition ${i + 1} → ${i + 2}`, prompt: edge.prompt,
    ghost: edge.suggestion || 'As the two scenes suggest',
  }] : [own];
});

/** What several pasted lines make of the prompts from `owner` on: shots where it is one, and else
    transitions. Lines beyond the last are left out.
 * @type {(all: {owner: string, shot: boolean}[], owner: string, lines: string[])
 *   => Record<string, string>} */
export function pasted(all, owner, lines) {
  const first = all.find(row => row.owner === owner);
  const alike = all.filter(({shot}) => shot === first.shot);
  const from = alike.indexOf(first);
  return Object.fromEntries(alike.slice(from, from + lines.length).map((row, i) => [row.owner, lines[i]]));
}

/** @type {(root: HTMLElement) => () => void} */
export function prompts(root) {
  const list = h('ol', {class: 'sb-lines', 'aria-label': 'Prompts in order'});
  const copied = h('span', {role: 'status'});
  const copy = button('Copy all as text', {image: 'copy', kind: 'quiet', action: async () => {
    const text = rows().filter(({shot}) => shot).map(({prompt}) => prompt.replaceAll('\n', ' ')).join('\n');
    try {
      await navigator.clipboard.writeText(text);
      put(copied, 'textContent', 'The prompts of all shots are copied, one a line.');
    } catch {
      put(copied, 'textContent', 'This browser does not let a page copy: select the text instead.');
    }
  }});
  root.append(h('p', {class: 'sb-lines-hint'}, h('span', {}, 'Enter goes to the next line; paste '
    + 'several lines to fill as many.'), copy, copied), list);

  /** @param {Row} row */
  function make({owner, shot}) {
    const number = h('b'), name = h('span');
    /** @param {string} prompt */
    const commit = prompt => {
      const [left, right] = owner.split('>');
      if (shot) send('set_shot', {id: owner, fields: {prompt}});
      else send('set_edge', {left, right, fields: {prompt}});
    };
    const field = fields.text('Prompt', {rows: 2, length: 2000, commit});
    const control = field.element.querySelector('textarea');
    control.rows = 1;
    control.addEventListener('focus', () => {
      if (itemOf(asSelected(owner))) select(asSelected(owner));
    });
    const element = h('li', {'data-name': owner, class: shot ? 'sb-line' : 'sb-line sb-line-edge'},
      number, name, field.element);
    return {
      root: element,
      /** @param {Row} now */
      update(now) {
        put(number, 'textContent', shot ? String(now.n) : '↳');
        put(name, 'textContent', now.name);
        attr(control, 'aria-label', shot ? `Prompt of shot ${now.n}, ${now.name}` : `Prompt, ${now.name}`);
        field.update(now.prompt, {ghost: now.ghost});
      },
    };
  }

  /** @returns {HTMLTextAreaElement[]} */
  const controls = () => [...list.querySelectorAll('textarea')];
  list.addEventListener('keydown', event => {
    const {key, target, shiftKey} = event;
    if (!(target instanceof HTMLTextAreaElement) || event.isComposing) return;
    const all = controls(), at = all.indexOf(target);
    const first = target.selectionEnd === 0, last = target.selectionStart === target.value.length;
    const by = key === 'Enter' && !shiftKey ? 1 : key === 'ArrowDown' && last ? 1
      : key === 'ArrowUp' && first ? -1 : 0;
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const to = all[at + by];
    if (!to) return;
    to.focus();
    const caret = by > 0 ? 0 : to.value.length;
    to.setSelectionRange(caret, caret);
  });
  list.addEventListener('paste', event => {
    const {target, clipboardData} = event;
    if (!(target instanceof HTMLTextAreaElement)) return;
    const lines = clipboardData.getData('text/plain').replaceAll('\r', '').replace(/\n+$/, '').split('\n');
    if (lines.length < 2) return;
    event.preventDefault();
    const filled = pasted(rows(), target.closest('li').dataset.name, lines.map(line => line.trim()));
    send('set_many', {changes: Object.entries(filled).map(([owner, prompt]) => (
      {owners: [owner], fields: {prompt}}))});
    for (const control of controls()) {
      const text = filled[control.closest('li').dataset.name];
      if (text !== undefined) control.value = text;
    }
  });

  return () => keyed(list, rows(), row => row.owner, make);
}
