/* All looks that a transition can have, by kind, on its own two pictures: each moves while it is pointed
   at (inspector/tiles.css). */
import {dialog} from '../kit/dialog.js';
import {h} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {lookFields, lookName, looksByKind} from './all_looks.js';
import {edgeOf, setMany, shotOf, state} from '../store/store.js';

/** @param {HTMLElement} element */
export function mountLooks(element) {
  const {close} = dialog('looks', element, {opened: show});
  /** @type {HTMLElement} */
  const body = element.querySelector('.sb-dialog-body');

  /** @param {string} owner */
  function show(owner) {
    const edge = edgeOf(owner), rendered = (state.progress.ends || {})[owner] || [];
    [edge.left, edge.right].forEach((id, i) => {
      const {thumb, colour} = shotOf(id), url = rendered[i] || thumb;
      const image = url ? `url("${url}")` : `linear-gradient(${colour}, ${colour})`;
      body.style.setProperty(['--sb-leaving', '--sb-coming'][i], image);
    });
    body.replaceChildren(...looksByKind(state.catalogue.engines).map(([kind, looks]) => h('section', {},
      h('h3', {}, kind), h('ul', {class: 'sb-look-tiles', 'aria-label': kind},
        ...looks.map(look => tile(edge, look))))));
    const chosen = body.querySelector('[aria-pressed="true"]');
    if (chosen instanceof HTMLElement) chosen.focus();
    else body.scrollTop = 0;
  }

  /** @type {(edge: Edge, look: import('./all_looks.js').Look) => HTMLElement} */
  function tile(edge, look) {
    const {name, style, title, reason} = look, {engines} = state.catalogue;
    const used = engines.find(engine => engine.name === edge.engine);
    const chosen = name === lookName(edge.engine, edge.style, used && used.styles);
    return h('li', {class: 'sb-option'}, h('button', {
      type: 'button', class: 'sb-look', title: reason || null, 'aria-pressed': String(chosen),
      'aria-disabled': reason ? 'true' : null, onclick: () => {
        if (reason) return;
        close();
        const fields = lookFields(edge, look, engines, state.story.new_edges.duration_s);
        setMany([{owners: [edge.owner], fields}]);
      },
    }, h('div', {class: 'sb-option-face sb-style', 'data-name': name.includes(' ') ? style : name},
      h('i', {class: 'sb-leaving'}), h('i', {class: 'sb-coming'}),
      style === 'auto' ? icon('spark') : null),
    h('span', {}, title, reason ? h('small', {}, 'not here yet, see Models') : null)));
  }
}
