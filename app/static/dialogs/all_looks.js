/* Every look that a transition can have here, over engines and styles, by kind. */
import {inWords} from '../inspector/tiles.js';

/** Each kind, and the styles that are of it. @type {[kind: string, styles: string[]][]} */
const KINDS = [
  ['Chosen for your pictures', ['auto']],
  ['Dissolves', ['fade', 'film-dissolve', 'drift', 'glow', 'dip-to-black', 'dip-to-white']],
  ['Camera', ['push', 'pull', 'travel', 'whip-pan', 'whip-tilt', 'spin', 'match-zoom']],
  ['Morphs', ['morph']],
  ['Wipes', ['reveal', 'iris', 'wipe-left', 'wipe-right', 'wipe-up', 'wipe-down']],
  ['Slides and cuts', ['slide-left', 'slide-right', 'slide-up', 'slide-down', 'cut']],
];
const OTHERS = 'By a model';
const DRAWN = ['auto', 'camera', 'layers', 'crossfade', 'morph'];  // without a model

/** @type {Record<string, string>} */
const SAME = {dissolve: 'fade'};  // what the one of them calls it, and the other

/** @typedef {{name: string, engine: string, style: string, title: string, reason: string}} Look */

/** What a look is called, by whichever engine it is made: one that has no styles is a look itself, and
    a model's are its own.
 * @type {(engine: string, style: string, styles?: string[]) => string} */
export const lookName = (engine, style, styles = []) => {
  if (!DRAWN.includes(engine)) return `${engine} ${style}`;
  if (styles.length < 2) return engine;
  return style === 'auto' && engine !== 'auto' ? `${engine} auto` : SAME[style] || style;
};

/** The kinds that there are, with their looks: each of the engines that need no model once, under the
    first that has it, and each model's own. `reason`: why it cannot be had.
 * @param {Engine[]} engines
 * @returns {[kind: string, looks: Look[]][]} */
export function looksByKind(engines) {
  /** @type {Map<string, Look[]>} */
  const found = new Map();
  for (const kind of [...KINDS.map(([name]) => name), OTHERS]) found.set(kind, []);
  const seen = new Set();
  for (const {name: engine, title, missing, tasks = [], styles = []} of engines) {
    if (missing) {
      found.get(OTHERS).push({name: engine, engine, style: 'auto', title, reason: missing});
      continue;
    }
    if (!tasks.includes('transition')) continue;
    const drawn = DRAWN.includes(engine), several = styles.length > 1;
    for (const style of several ? styles : ['auto']) {
      const name = lookName(engine, style, styles);
      const [kind] = KINDS.find(([, its]) => its.includes(name)) || [OTHERS];
      if (seen.has(name) || (drawn && name.includes(' '))) continue;
      seen.add(name);
      const words = style === 'auto' ? [title] : drawn ? [inWords(style)] : [title, inWords(style)];
      found.get(kind).push({name, engine, style, title: words.join(': '), reason: ''});
    }
  }
  return [...found].filter(([, looks]) => looks.length);
}

/** What is set of a transition that gets this look: a move that the engine lacks is given back to it,
    and a cut takes time again.
 * @type {(edge: Edge, look: Look, engines: Engine[], new_s: number) => Changes} */
export function lookFields(edge, {engine, style}, engines, new_s) {
  const {cameras = []} = engines.find(({name}) => name === engine);
  return {
    engine, style, ...(cameras.includes(edge.camera) ? {} : {camera: 'auto'}),
    ...(edge.duration_s || style === 'cut' ? {} : {duration_s: new_s || 1}),
  };
}
