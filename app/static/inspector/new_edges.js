/* How the story's new transitions are: of all edges that nobody has set, now and later. */
import {button, h, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {send, setMany, state} from '../store/store.js';
import {engineField, engineOf, engineOptions} from './engines.js';
import {inWords} from './tiles.js';

export function newEdges() {
  /** @param {Changes} changed */
  const change = changed => send('set_new_edges', {fields: changed});
  const duration = fields.number('Duration', {
    min: 0, max: state.catalogue.limits.edge.duration_s.max, unit: 's',
    commit: duration_s => change({duration_s}),
  });
  const style = fields.select('Style', {commit: value => change({style: value})});
  const engine = engineField(name => {
    const now = state.story.new_edges.style;
    change({engine: name, style: engineOf(name).styles.includes(now) ? now : 'auto'});
  });
  const all = button('Give this to all transitions', {action: () => {
    setMany([{owners: state.story.edges.map(({owner}) => owner), fields: {...state.story.new_edges}}]);
  }});
  const element = h('div', {class: 'sb-new-edges'}, h('h3', {}, 'New transitions'),
    h('div', {class: 'sb-row'}, duration.element, style.element), engine.element, all);

  return {
    element, save: duration.save,
    update() {
      const {new_edges: now, edges} = state.story, used = engineOf(now.engine) || engineOf('auto');
      duration.update(now.duration_s, {hint: now.duration_s ? '' : '0 is a cut'});
      style.update(now.style, {
        options: fields.withPresent((used.styles || []).map(value => ({value, label: inWords(value)})),
          now.style, inWords(now.style)),
      });
      engine.update(now.engine, engineOptions('transition'), 'Those that you have set stay as they are');
      const same = edges.every(edge => Object.entries(now).every(
        ([name, value]) => /** @type {Changes} */ (edge)[name] === value));
      refuse(all, !edges.length ? 'There are none yet' : same ? 'They all are like this' : '');
    },
  };
}
