/* The fields that several selected shots have in common; an edit changes them all, in one step. */
import {h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {setMany, shotOf, state} from '../store/store.js';
import {cameraOptions, engineField, engineOf, engineOptions} from './generation.js';
import {fitOptions} from './story_panel.js';
import {cameraTiles} from './tiles.js';

/** @returns {Panel} */
export function shotsPanel() {
  const limits = state.catalogue.limits.shot;
  const MIXED = {value: '', label: 'Mixed', reason: 'they differ'};
  /** @type {string[]} */
  let ids = [];
  const shots = () => ids.map(shotOf).filter(Boolean);
  /** @param {Changes} changed */
  const change = changed => setMany([{owners: ids, fields: changed}]);
  const heading = h('h2'), pictures = h('div', {class: 'sb-stack', 'aria-hidden': 'true'});
  const duration = fields.number('Duration of each', {
    min: 0.05, max: limits.duration_s.max, unit: 's', commit: duration_s => change({duration_s}),
  });
  const camera = cameraTiles(camera => change({camera}));
  const strength = fields.number('Strength, 1 is usual', {
    min: 0, max: limits.strength.max, commit: strength => change({strength}),
  });
  const engine = engineField(name => {
    const next = engineOf(name);
    const lost = shots().filter(shot => !next.cameras.includes(shot.camera)).map(shot => shot.id);
    setMany([{owners: ids, fields: {engine: name}}, {owners: lost, fields: {camera: 'auto'}}]);
  });
  const fit = fields.chips('In the frame', {commit: value => change({fit: value || null})});
  const element = h('div', {class: 'sb-panel'}, h('div', {class: 'sb-heading'}, heading), pictures,
    h('p', {class: 'sb-hint'}, 'What is set here is set for all of them. Prompts stay as they are.'),
    h('div', {class: 'sb-row'}, duration.element, strength.element), camera.element,
    engine.element, fit.element);

  /** What all have, or `mixed`.
   * @template {keyof Shot} Name
   * @template Mixed
   * @param {Name} name
   * @param {Mixed} mixed
   * @returns {Shot[Name] | Mixed} */
  function common(name, mixed) {
    const [first, ...rest] = shots().map(shot => shot[name]);
    return rest.every(value => value === first) ? first : mixed;
  }

  function update() {
    ids = state.picked;
    put(heading, 'textContent', `${ids.length} shots`);
    const key = shots().slice(0, 6).map(shot => shot.thumb || shot.colour).join();
    if (pictures.dataset.key !== key) {
      pictures.dataset.key = key;
      pictures.replaceChildren(...shots().slice(0, 6).map(({thumb, colour}) => (
        thumb ? h('img', {src: thumb, alt: ''}) : h('i', {style: `background: ${colour}`}))));
    }
    duration.update(common('duration_s', null));
    strength.update(common('strength', null));
    const used = shots().map(shot => engineOf(shot.engine));
    camera.update(common('camera', ''), cameraOptions({
      title: 'One of their engines',
      cameras: state.catalogue.cameras.filter(name => used.every(e => e.cameras.includes(name))),
    }), shots().slice(0, 1));
    const choice = common('engine', '');
    engine.update(choice, [
      ...(choice ? [] : [MIXED]), ...engineOptions('animate'),
    ], choice ? engineOf(choice).description : '');
    fit.update(common('fit', 'mixed') || '', {
      options: [{value: '', label: 'Story’s'}, ...fitOptions()],
    });
  }

  return {element, update, save: () => { duration.save(); strength.save(); }};
}
