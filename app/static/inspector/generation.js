/* The fields that shots and transitions share: what is asked of the engine that makes the clip. */
import {attr, button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {setMany, standingOf, state} from '../store/store.js';
import {cameraOptions, engineField, engineOf, engineOptions} from './engines.js';
import {failure} from './failure.js';
import {engineChanges, forAll} from './for_all.js';
import {seedField} from './seed_field.js';
import {cameraTiles, inWords, styleTiles} from './tiles.js';
import {understoodLine} from './understood.js';

const MOST = 2;  // of the strength; more is for story files written by hand

/** A length to choose at a touch; with `set` it is what it says, else how much more.
 * @typedef {{label: string, value: number, set?: boolean}} Offer */

/** A duration, with lengths to choose at a touch. `offers` gives those for the present one.
 * @param {{min: number, max: number}} limits
 * @param {(now: number) => Offer[]} offers
 * @param {(changed: Changes) => void} change */
function durationField(limits, offers, change) {
  const duration = fields.number('Duration', {
    ...limits, unit: 's', commit: duration_s => change({duration_s}),
  });
  const quick = h('div', {class: 'sb-quick', role: 'group', 'aria-label': 'Quick lengths'});
  duration.element.append(quick);
  duration.element.classList.add('sb-duration');
  let present = 0;
  /** @type {(value: number, hint: string) => void} */
  const update = (value, hint) => {
    present = value;
    duration.update(value, {hint});
    offers(value).forEach(({label, value: next, set}, i) => {
      const one = /** @type {HTMLElement} */ (quick.children[i]) || quick.appendChild(button('', {
        action: () => change({duration_s: offers(present)[i].value}),
      }));
      put(one.lastChild, 'textContent', label);
      if (set) attr(one, 'aria-pressed', next === value);
      refuse(one, next > limits.max ? `At most ${limits.max} s` : '');
    });
  };
  return {element: duration.element, save: duration.save, update};
}

/** The fields of a shot or a transition that an engine reads. `get` gives the selected one, `owner`
    its name, `change` edits it.
 * @param {{limits: Limits, task: string, get: () => Part, owner: () => string,
 *   offers: (now: number) => Offer[], change: (changed: Changes) => void}} given */
export function generation({limits, task, get, owner, offers, change}) {
  const prompt = fields.text('Prompt', {
    rows: 3, length: limits.prompt.length, commit: prompt => change({prompt}),
  });
  const control = prompt.element.querySelector('textarea'), said = prompt.element.querySelector('.sb-hint');
  /* What is being written, before it is saved. */
  const writing = () => (document.activeElement === control ? control.value : null);
  control.addEventListener('input', () => {
    const item = get();
    put(said, 'textContent', understoodLine(control.value, engineOf(item.engine) || engineOf('auto'), item));
  });
  const negative = fields.text('Negative prompt', {
    length: limits.negative_prompt.length, commit: negative_prompt => change({negative_prompt}),
    placeholder: 'What is not to be seen',
  });
  const least = task === 'transition' ? limits.duration_s.min : 0.05;
  const duration = durationField({min: least, max: limits.duration_s.max}, offers, change);
  const seed = seedField(limits.seed, owner, change);
  const choice = engineField(name => setMany(engineChanges(name, [{owner: owner(), item: get()}])));
  const camera = cameraTiles(camera => change({camera}));
  const strength = fields.range('Strength of the move', {
    min: 0, max: MOST, step: 0.05, commit: strength => change({strength}), moved: show,
  });
  const style = styleTiles(style => change({style}));
  const keep = button('', {kind: 'link', action: () => {
    const {style: chosen} = standingOf(owner());
    if (chosen) change({style: chosen});
  }});
  style.element.querySelector('legend').after(keep);
  const forOthers = [
    forAll('duration', 'duration_s', duration.element, owner),
    forAll('engine', 'engine', choice.element, owner),
    forAll('camera move', 'camera', camera.element, owner),
    forAll('style', 'style', style.element, owner),
  ];
  /** @param {number} value */
  function show(value) {
    camera.element.style.setProperty('--sb-strength', String(value));
  }

  /** scenes: the shots that it is made of; `ghost` and `length`: what to say in the prompt's field and
      below the duration.
   * @type {(item: Part, scenes: Shot[], hints: {ghost: string, length?: string}) => void} */
  const update = (item, scenes, {ghost, length = ''}) => {
    const used = engineOf(item.engine) || engineOf('auto');
    const ignores = used.uses_prompt ? '' : `${used.title} does not read prompts`;
    prompt.update(item.prompt, {ghost, hint: understoodLine(writing() ?? item.prompt, used, item)});
    negative.update(item.negative_prompt, {reason: ignores, hint: ignores});
    duration.update(item.duration_s, length);
    seed.update(item.seed, used.uses_seed ? ''
      : `${used.title} makes the same clip with every seed`);
    choice.update(item.engine, engineOptions(task), used.missing || used.description);
    camera.update(item.camera, cameraOptions(used), scenes,
      item.camera.startsWith('roll') ? 'The picture turns about its middle, as from a tilting camera'
        : used.cameras.length < state.catalogue.cameras.length
        ? `Other moves need another engine than ${used.title}` : '');
    show(item.strength);
    strength.update(item.strength, {
      reason: item.camera === 'still' || used.cameras.length < 3 ? 'Nothing moves here' : '',
    });
    const chosen = item.style === 'auto' ? standingOf(owner()).style : '';
    style.update(item.style, used.styles.map(name => ({
      value: name,
      label: name === 'auto' && chosen ? `Auto: ${inWords(chosen).toLowerCase()}` : inWords(name),
    })), scenes);
    put(keep.lastChild, 'textContent', chosen ? `Keep “${inWords(chosen)}” whatever changes` : '');
    put(keep, 'hidden', !chosen);
    put(style.element, 'hidden', used.styles.length < 2);
    // Where no prompt is read, what is chosen instead stands above it.
    if (style.element.parentElement) {  // a shot has none
      if (!used.uses_prompt) {
        if (prompt.element.previousSibling !== style.element) prompt.element.before(style.element);
      } else if (choice.element.nextSibling !== style.element) choice.element.after(style.element);
    }
    for (const draw of forOthers) draw();
  };
  const save = () => [prompt, negative, duration, seed].forEach(field => field.save());
  return {prompt, negative, duration, seed, choice, camera, strength, style, update, save};
}

/** Fields behind a fold; opened they come into sight.
 * @param {HTMLElement[]} children */
export function more(...children) {
  const fold = h('details', {class: 'sb-more'}, h('summary', {}, 'More'), ...children);
  fold.addEventListener('toggle', () => fold.open && fold.scrollIntoView({block: 'nearest'}));
  return fold;
}

/** A heading, how far the clips are, and below it why they failed. */
export function panelHeading() {
  const title = h('h2'), line = h('p', {class: 'sb-standing'});
  const why = failure();
  return {
    elements: [h('div', {class: 'sb-heading'}, title, line), why.element],
    /** @type {(words: string, owner: string) => void} */
    update(words, owner) {
      const {state: standing, percent} = standingOf(owner);
      put(title, 'textContent', words);
      put(line, 'textContent', {
        ready: 'Rendered', draft: 'Draft rendered', stale: 'Not rendered yet', queued: 'Waiting',
        rendering: `Rendering ${percent} %`, failed: 'Failed', cut: 'No frames',
      }[standing]);
      attr(line, 'data-state', standing);
      why.update(owner);
    },
  };
}
