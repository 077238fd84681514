/* Below the fields, always in sight: preview this part, or make variations of it. */
import {attr, button, h, refuse} from '../kit/dom.js';
import {itemOf, ownerOf, refusalOf, send, set, standingOf, state} from '../store/store.js';
import {engineOf} from './engines.js';
import {seedIsLocked} from './seed_field.js';

/** @param {() => void} shown is told when variations are asked for */
export function makeBar(shown) {
  const [LEAST, MOST] = [2, 8];
  let owner = '';
  const preview = button('Preview', {image: 'play', action: () => {
    set({view: 'selection', take: null, compare: null});
    send('preview', {owner});
  }});
  const counts = Array.from({length: MOST - LEAST + 1}, (_, i) => LEAST + i);
  const count = h('select', {'aria-label': 'How many variations', onchange: () => set({})},
    ...counts.map(n => h('option', {value: n, selected: n === 3}, String(n))));
  const vary = button('Variations', {image: 'film', action: () => {
    send('vary', {
      owner, count: Number(count.value), keep_seed: seedIsLocked(owner),
    });
    shown();
  }});
  const element = h('div', {class: 'sb-make'}, preview, h('div', {class: 'sb-vary'}, count, vary));

  /** Why there can be none; the server says the rest.
   * @type {(item: Partial<Shot>, engine: Engine) => string} */
  const noVariations = (item, engine) => {
    if (item.kind === 'card') return 'A title card has no variations';
    if (item.kind === 'video' && item.video_s >= item.duration_s) {
      return 'The shot shows its video as it is';
    }
    if (!engine.uses_seed) {
      return `${engine.title} makes the same clip every time; choose another engine first`;
    }
    return item.takes.length + LEAST >= state.catalogue.takes
      ? 'There are as many takes as one part can have; remove some first' : '';
  };

  return {
    element,
    update(/** @type {Selected} */ selected) {
      owner = ownerOf(selected);
      const item = itemOf(selected);
      const {job} = state.progress;
      const cut = standingOf(owner).state === 'cut'
        ? 'A cut has no frames; give it a duration first' : '';
      const running = job && job.busy && job.owner === owner;
      const problem = cut || refusalOf(owner);
      preview.dataset.title = 'Render this part as a quick draft and play it';
      refuse(preview, problem
        || (running && job.kind === 'preview' ? 'It is being rendered already' : ''));
      vary.dataset.title = 'Make it in several ways, rank them and keep one';
      refuse(vary, problem || noVariations(item, engineOf(item.engine))
        || (running && job.kind === 'takes' ? 'Variations are being made already' : ''));
      attr(vary, 'aria-label', `Make ${count.value} variations`);
    },
  };
}
