/* The fields that several selected shots and transitions have in common; what is set here is set for
   all of them, in one step. */
import {attr, button, h, put} from '../kit/dom.js';
import {openDialog} from '../kit/dialog.js';
import * as fields from '../kit/fields.js';
import {plural} from '../kit/words.js';
import {pickedOf} from '../store/looks.js';
import {asSelected, itemOf, pickAll, setMany, shotOf, state} from '../store/store.js';
import {cameraOptions, engineField, engineOf, engineOptions} from './engines.js';
import {engineChanges} from './for_all.js';
import {fitOptions} from './story_panel.js';
import {cameraTiles, inWords, styleTiles} from './tiles.js';

const MIXED = {value: '', label: 'Mixed', reason: 'they differ'};

/** @returns {Panel} */
export function manyPanel() {
  const heading = h('h2');
  const parts = {shot: section('shot'), edge: section('edge')};
  const each = button('A prompt for each, from text', {
    image: 'pencil', action: () => openDialog('prompts', state.picked.join(' ')),
  });
  const element = h('div', {class: 'sb-panel'}, h('div', {class: 'sb-heading'}, heading),
    h('p', {class: 'sb-hint'}, 'What is set here is set for all of them.'),
    parts.shot.element, parts.edge.element, h('div', {class: 'sb-panel-actions'}, each));

  function update() {
    const shots = pickedOf('shot'), edges = pickedOf('edge'), mixed = shots.length && edges.length;
    put(heading, 'textContent', mixed ? `${shots.length + edges.length} selected`
      : shots.length ? plural(shots.length, 'shot') : plural(edges.length, 'transition'));
    parts.shot.update(shots, Boolean(mixed));
    parts.edge.update(edges, Boolean(mixed));
  }
  return {element, update, save: () => { parts.shot.save(); parts.edge.save(); }};
}

/** The fields of the selected shots, or of the selected transitions.
 * @param {Selected['kind']} kind */
function section(kind) {
  const limits = state.catalogue.limits[kind], isShot = kind === 'shot';
  /** @type {string[]} */
  let owners = [];
  const items = () => owners.map(owner => ({owner, item: itemOf(asSelected(owner))}))
    .filter(({item}) => item);
  /** @param {Changes} changed */
  const change = changed => setMany([{owners, fields: changed}]);

  const title = h('h3');
  const only = button('Only these', {kind: 'link', action: () => pickAll(owners)});
  const pictures = h('div', {class: 'sb-stack', 'aria-hidden': 'true'});
  const prompt = fields.text('Prompt', {
    rows: 2, length: limits.prompt.length, commit: prompt => change({prompt}),
  });
  const duration = fields.number('Duration of each', {
    min: isShot ? 0.05 : 0, max: limits.duration_s.max, unit: 's',
    commit: duration_s => change({duration_s}),
  });
  const quick = h('div', {class: 'sb-quick', role: 'group', 'aria-label': 'Quick lengths'});
  /** @type {[string, number][]} */
  const lengths = isShot ? [['2 s', 2], ['3 s', 3], ['5 s', 5]]
    : [['Cut', 0], ['0.5 s', 0.5], ['1 s', 1], ['2 s', 2]];
  const offers = lengths.map(([label, duration_s]) => (
    button(label, {action: () => change({duration_s})})));
  quick.append(...offers);
  duration.element.append(quick);
  duration.element.classList.add('sb-duration');
  const strength = fields.number('Strength of the move, 1 is usual', {
    min: 0, max: limits.strength.max, commit: strength => change({strength}),
  });
  const camera = cameraTiles(camera => change({camera}));
  const style = styleTiles(style => change({style}));
  const engine = engineField(name => setMany(engineChanges(name, items())));
  const fit = fields.chips('In the frame', {commit: value => change({fit: value || null})});
  const element = h('section', {},
    h('div', {class: 'sb-heading'}, title, only), pictures, prompt.element, duration.element,
    engine.element, ...isShot ? [] : [style.element], camera.element, strength.element,
    ...isShot ? [fit.element] : []);

  /** What all have, or `mixed`.
   * @template Mixed
   * @param {string} name
   * @param {Mixed} mixed
   * @returns {any} */
  function common(name, mixed) {
    const [first, ...rest] = items().map(({item}) => /** @type {Changes} */ (item)[name]);
    return rest.every(value => value === first) ? first : mixed;
  }

  /** @type {(now: string[], mixed: boolean) => void} */
  function update(now, mixed) {
    owners = now;
    put(element, 'hidden', !now.length);
    if (!now.length) return;
    put(title.parentElement, 'hidden', !mixed);
    put(title, 'textContent', plural(now.length, isShot ? 'shot' : 'transition'));
    const faces = now.slice(0, 6).map(owner => shotOf(owner.split('>')[0]));
    const key = faces.map(shot => shot.thumb || shot.colour).join();
    if (pictures.dataset.key !== key) {
      pictures.dataset.key = key;
      pictures.replaceChildren(...faces.map(({thumb, colour}) => (
        thumb ? h('img', {src: thumb, alt: ''}) : h('i', {style: `background: ${colour}`}))));
    }
    const words = common('prompt', null);
    prompt.update(words || '', {ghost: words === null ? 'Mixed' : 'The same for all of them'});
    const length = common('duration_s', null);
    duration.update(length);
    offers.forEach((offer, i) => attr(offer, 'aria-pressed', lengths[i][1] === length));
    strength.update(common('strength', null));

    const used = items().map(({item}) => engineOf(item.engine) || engineOf('auto'));
    /** @param {'cameras' | 'styles'} what @param {string[]} all */
    const allKnow = (what, all) => all.filter(name => used.every(one => (one[what] || []).includes(name)));
    const move = common('camera', ''), scenes = scenesOf(now[0]);
    camera.update(move, cameraOptions({
      title: 'One of their engines', cameras: allKnow('cameras', state.catalogue.cameras),
    }), scenes, move ? '' : 'Mixed');
    const styles = allKnow('styles', used[0].styles || []), look = common('style', '');
    put(style.element, 'hidden', styles.length < 2);
    style.update(look, styles.map(value => ({value, label: inWords(value)})), scenes, look ? '' : 'Mixed');
    const choice = common('engine', '');
    engine.update(choice, [
      ...choice ? [] : [MIXED], ...engineOptions(isShot ? 'animate' : 'transition'),
    ], choice ? engineOf(choice).description : '');
    const frame = common('fit', 'mixed');
    fit.update(frame || '', {
      options: [{value: '', label: 'As in story'}, ...fitOptions()], hint: frame === 'mixed' ? 'Mixed' : '',
    });
  }
  return {element, update, save: () => { prompt.save(); duration.save(); strength.save(); }};
}

/** @type {(owner: string) => Shot[]} the shots that a shot or a transition is made of */
const scenesOf = owner => owner.split('>').map(shotOf);
