/* Prompts for many shots or transitions from a pasted text or a file, shown before they are set, all
   in one step. */
import {dialog} from '../kit/dialog.js';
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {plural, shotName} from '../kit/words.js';
import {asSelected, edgeOf, itemOf, owners, setMany, shotOf, state} from '../store/store.js';
import {promptLines} from './prompt_lines.js';

const MOST = 300_000;  // characters, which the server takes in one step whatever they are

/** @typedef {{owner: string, now: string, prompt: string, long: boolean}} Row */

/** @param {HTMLElement} element */
export function mountPrompts(element) {
  const {box, close} = dialog('prompts', element, {opened});
  /** What was selected, if it was several. @type {string[]} */
  let of = [];
  /** @type {Selected['kind']} */
  let kind = 'shot';
  const whose = fields.chips('For', {commit: value => {
    kind = value === 'edge' ? 'edge' : 'shot';
    draw();
  }});
  const label = h('label', {for: 'sb-prompts-text'}, 'One line each, in the story’s order');
  const text = h('textarea', {
    id: 'sb-prompts-text', rows: 6, maxlength: MOST, placeholder: 'A harbour at dawn\nFog over the hills\n…',
    oninput: draw,
  });
  const hint = h('p', {class: 'sb-hint'},
    'An empty line leaves its prompt as it is. A CSV has a column “prompt”, and may have one “shot” with the numbers.');
  const wrong = h('p', {class: 'sb-hint', role: 'status'});
  const file = fields.files('Open a text or CSV', {
    image: 'open', accept: '.txt,.csv,.tsv,text/plain,text/csv', chosen: ([one]) => read(one),
  });
  const list = h('ol', {class: 'sb-prompts-list', 'aria-label': 'What will be set'});
  const sum = h('p', {role: 'status'});
  const apply = button('Set prompts', {kind: 'primary', action: () => {
    setMany(rows().map(({owner, prompt}) => ({owners: [owner], fields: {prompt}})));
    text.value = '';
    close();
  }});
  box.querySelector('.sb-dialog-body').append(
    whose.element, h('div', {class: 'sb-field'}, label, text), hint, file, wrong, list);
  box.querySelector('.sb-dialog-foot').append(sum, apply);

  /** @param {string} at owners, parted by spaces */
  function opened(at) {
    const named = (at ? at.split(' ') : state.picked).filter(owner => itemOf(asSelected(owner)));
    of = named.length > 1 ? named : [];
    kind = named.length && named.every(owner => owner.includes('>')) ? 'edge' : 'shot';
    put(wrong, 'textContent', '');
    draw();
    text.focus();
  }

  /** @param {File} one */
  async function read(one) {
    const said = one.size > 4 * MOST ? '' : await one.text();  // 4 bytes are the longest character
    const long = one.size > 4 * MOST || said.length > MOST;
    put(wrong, 'textContent', long ? `${one.name} has more than ${MOST / 1000} 000 characters` : '');
    if (long) return;
    text.value = said;
    draw();
  }

  /** @param {string[]} some */
  const alike = some => some.filter(owner => asSelected(owner).kind === kind);
  /* Of what was selected those of the kind, or all there are. */
  const targets = () => (alike(of).length > 1 ? alike(of) : alike(owners()));

  /** @returns {Row[]} those that change */
  function rows() {
    const {length: most} = state.catalogue.limits[kind].prompt, all = targets();
    /** @type {Map<string, Row>} */
    const found = new Map();
    for (const {n, prompt} of promptLines(text.value)) {
      const owner = all[n - 1], item = owner && itemOf(asSelected(owner));
      if (!item || item.prompt === prompt) continue;
      found.set(owner, {owner, now: item.prompt, prompt, long: prompt.length > most});
    }
    return [...found.values()];
  }

  /** @param {string} owner */
  function nameOf(owner) {
    const {shots} = state.story, [left] = owner.split('>');
    const n = shots.findIndex(({id}) => id === left) + 1;
    return edgeOf(owner) ? `${n} → ${n + 1}` : `${n} ${shotName(shotOf(owner))}`;
  }

  function draw() {
    const all = targets(), lines = promptLines(text.value), changes = rows();
    const over = lines.filter(({n}) => n > all.length).length, long = changes.some(row => row.long);
    const {length: most} = state.catalogue.limits[kind].prompt;
    whose.update(kind, {options: [
      {value: 'shot', label: 'Shots'},
      {value: 'edge', label: 'Transitions', reason: state.story.edges.length ? '' : 'There are none'},
    ]});
    list.replaceChildren(...changes.map(({owner, now, prompt, long: tooLong}) => h('li', {},
      h('b', {}, nameOf(owner)), h('div', {}, now ? h('del', {}, now) : null, h('ins', {}, prompt),
        tooLong ? h('p', {}, `At most ${most} characters; it has ${prompt.length}`) : null))));
    put(sum, 'textContent', [
      all.length < alike(owners()).length ? `For the ${all.length} selected` : '',
      over ? `${plural(over, 'line')} more than there are ${kind === 'edge' ? 'transitions' : 'shots'}` : '',
    ].filter(Boolean).join('. '));
    put(apply.lastChild, 'textContent', changes.length ? `Set ${plural(changes.length, 'prompt')}` : 'Set prompts');
    refuse(apply, long ? 'A prompt is too long' : changes.length ? '' : 'No prompt would change');
  }
}
