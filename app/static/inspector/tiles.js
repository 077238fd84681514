/* Choices that are seen, not read: camera moves and styles of transitions as small pictures of the
   scenes themselves, which move while they are pointed at. The moving is all in tiles.css. */
import {h} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';

/** What each move is called, and its icon. @type {Record<string, [title: string, image: string]>} */
const MOVES = {
  auto: ['Auto', 'spark'], still: ['Still', 'move-still'],
  'zoom-in': ['Zoom in', 'move-in'], 'zoom-out': ['Zoom out', 'move-out'],
  'pan-left': ['Pan left', 'left'], 'pan-right': ['Pan right', 'right'],
  'tilt-up': ['Tilt up', 'move-up'], 'tilt-down': ['Tilt down', 'move-down'],
  'roll-left': ['Roll left', 'roll-left'], 'roll-right': ['Roll right', 'roll-right'],
  'dolly-in': ['Dolly in', 'dolly-in'], 'dolly-out': ['Dolly out', 'dolly-out'],
};
/** @param {string} name */
export const inWords = name => name[0].toUpperCase() + name.slice(1).replaceAll('-', ' ');
/** @param {string} name */
export const moveTitle = name => (MOVES[name] || [inWords(name)])[0];

/**
 * @param {string} label
 * @param {string} kind
 * @param {(value: string) => string | undefined} signOf
 * @param {(value: string) => void} commit */
function tiles(label, kind, signOf, commit) {
  const choice = fields.chips(label, {commit, face: ({value}) => {
    const sign = signOf(value);
    return h('div', {class: `sb-option-face ${kind}`, 'data-name': value, 'aria-hidden': 'true'},
      h('i', {class: 'sb-leaving'}), h('i', {class: 'sb-coming'}), sign && icon(sign));
  }});
  return {
    element: choice.element,
    /** scenes: the shots that the tiles show, one or two.
     * @type {(value: string, options: Option[], scenes: Shot[], hint?: string) => void} */
    update(value, options, scenes, hint) {
      ['--sb-leaving', '--sb-coming'].forEach((name, i) => {
        const {thumb, colour} = scenes[i] || scenes[0];
        const image = thumb ? `url("${thumb}")` : `linear-gradient(${colour}, ${colour})`;
        if (choice.element.style.getPropertyValue(name) !== image) {
          choice.element.style.setProperty(name, image);
        }
      });
      choice.element.classList.toggle('sb-two', scenes.length > 1);
      choice.update(value, {options, hint});
    },
  };
}

/** @param {(camera: string) => void} commit */
export const cameraTiles = commit => tiles('Camera', 'sb-camera', name => (MOVES[name] || [])[1], commit);
/** @param {(style: string) => void} commit */
export const styleTiles = commit => (
  tiles('Style', 'sb-style', name => (name === 'auto' ? 'spark' : ''), commit));
