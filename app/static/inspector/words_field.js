/* The words over a shot: what they say, how they look, where they stand and when they are seen. A
   shot may have several, each at its time. */
import {attr, button, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {seconds} from '../kit/words.js';
import {addLine, changeLine, chooseLine, lineOf, removeLine, seenIn} from '../store/captions.js';
import {partAt, schedule} from '../store/schedule.js';
import {shotOf, state} from '../store/store.js';
import {player} from '../stage/player.js';
import {colourField} from './colour_field.js';

/** @type {Option[]} */
const STYLES = [
  {value: 'auto', label: 'Auto', title: 'On a box; in the middle with a shadow'},
  {value: 'plain', label: 'Plain'}, {value: 'outline', label: 'Outline'},
  {value: 'shadow', label: 'Shadow'}, {value: 'box', label: 'Box'}, {value: 'band', label: 'Band'},
  {value: 'headline', label: 'Headline', title: 'Heavy capitals'},
  {value: 'lower-third', label: 'Lower third', title: 'A name, and below it a line about it'},
];
const WEIGHTS = [['', 'Auto'], ['400', 'Regular'], ['700', 'Bold'], ['900', 'Heavy']];
const SIDES = [['left', 'Left'], ['centre', 'Centre'], ['right', 'Right']];
const LIGHT = [['#f5f5f5', 'White'], ['#ffe14d', 'Yellow'], ['#7fe3ff', 'Sky'], ['#ff8fa3', 'Rose'],
  ['#101014', 'Ink']];
const DARK = [['', 'Dark'], ['#101014', 'Ink'], ['#1e2a44', 'Night'], ['#4a1f33', 'Wine'],
  ['#f5f5f5', 'White']];

/** @param {string[][]} pairs */
const options = pairs => pairs.map(([value, label]) => ({value, label}));

export function wordsField() {
  let id = '';
  /** @param {Partial<Caption>} changes */
  const change = changes => shotOf(id) && changeLine(id, changes);
  const now = () => shotOf(id).captions[lineOf(shotOf(id))];

  const lines = h('div', {class: 'sb-lines', role: 'group', 'aria-label': 'Captions of this shot'});
  const text = fields.text('Words', {
    rows: 2, length: state.catalogue.limits.caption.text.length, placeholder: 'Words over the picture',
    commit: value => {
      if (value.trim()) change({text: value});
      else if (now()) removeLine(id);
    },
  });
  const add = button('More words', {
    image: 'add', title: 'Another caption, at its own time', action: () => {
      addLine(id);
      show();
      text.element.querySelector('textarea').select();
    },
  });
  const remove = button('Remove', {image: 'trash', kind: 'quiet', action: () => removeLine(id)});
  const style = fields.chips('Style', {
    commit: value => change(value === 'lower-third'
      ? {style: value, place: 'bottom', align: 'left', at: null}
      : {style: /** @type {Caption['style']} */ (value)}),
    face: ({value}) => h('i', {class: 'sb-words-face', 'data-style': value, 'aria-hidden': 'true'}, 'Aa'),
  });
  const size = fields.range('Size', {min: 0.25, max: 4, step: 0.05, commit: value => change({size: value})});
  const weight = fields.chips('Weight', {commit: value => change({weight: Number(value) || null})});
  const colour = colourField('Colour', LIGHT, value => change({colour: value}));
  const ground = colourField('Behind the words', DARK, value => change({ground: value || null}));
  const align = fields.chips('Alignment', {
    commit: value => change({align: /** @type {Caption['align']} */ (value)}),
  });
  const place = fields.chips('Place', {commit: value => {
    if (value === 'own') return;
    change({place: /** @type {Caption['place']} */ (value), at: null});
  }});
  /** @type {(label: string, commit: (value: number) => void) => ReturnType<typeof fields.number>} */
  const time = (label, commit) => fields.number(label, {min: 0, max: 600, unit: 's', commit});
  const from = time('From', from_s => change({from_s}));
  const to = time('To', to_s => change({to_s: to_s >= shotOf(id).duration_s ? null : to_s}));
  const fade = time('Fade', fade_s => change({fade_s: Math.min(10, fade_s)}));
  const look = h('details', {class: 'sb-more sb-look'}, h('summary', {}, 'Look, place and time'),
    style.element, size.element, weight.element, colour.element, ground.element, place.element,
    align.element, h('div', {class: 'sb-row sb-three'}, from.element, to.element, fade.element));
  const tools = h('div', {class: 'sb-panel-actions'}, add, remove);
  const element = h('div', {class: 'sb-words-field'}, lines, text.element, tools, look);

  /** Stand where the caption is seen. */
  function show() {
    const part = schedule().find(one => one.owner === id), caption = now();
    if (!part || !caption || player.playing) return;
    const [first, last] = seenIn(caption, part.end - part.start);
    const into = first + Math.min(caption.fade_s, (last - first) / 4);
    if (first < last && partAt(player.time) !== part || player.time < part.start + first
      || player.time >= part.start + last) player.seek(part.start + into);
  }

  /** @param {Shot} shot */
  function drawLines({captions, duration_s: length}) {
    put(lines, 'hidden', captions.length < 2);
    const key = JSON.stringify([id, captions.map(one => [one.text, ...seenIn(one, length)])]);
    if (lines.dataset.drawn !== key) {
      lines.dataset.drawn = key;
      lines.replaceChildren(...(captions.length < 2 ? [] : captions.map((one, index) => {
        const [first, last] = seenIn(one, length);
        const when = first < last ? `${seconds(first)} – ${seconds(last)}` : 'after the shot';
        return h('button', {type: 'button', class: 'sb-line', onclick: () => {
          chooseLine(id, index);
          show();
        }}, h('span', {}, one.text), h('small', {}, when));
      })));
    }
    const chosen = lineOf(shotOf(id));
    [...lines.children].forEach((line, index) => attr(line, 'aria-pressed', index === chosen));
  }

  /** @param {Shot} shot */
  function update(shot) {
    ({id} = shot);
    const caption = now();
    drawLines(shot);
    text.update(caption ? caption.text : '', {hint: caption && caption.unwritable});
    for (const part of [tools, look]) put(part, 'hidden', !caption);
    if (!caption) return;
    put(remove, 'hidden', shot.captions.length < 2);
    style.update(caption.style, {options: STYLES});
    size.update(caption.size);
    const known = String(caption.weight || '');
    weight.update(known, {options: fields.withPresent(options(WEIGHTS), known, known)});
    colour.update(caption.colour);
    ground.update(caption.ground || '');
    put(ground.element, 'hidden', caption.style === 'plain');
    align.update(caption.align, {options: options(SIDES)});
    place.update(caption.at ? 'own' : caption.place, {options: [
      {value: 'bottom', label: 'Bottom'}, {value: 'centre', label: 'Centre'},
      ...(caption.at ? [{value: 'own', label: 'Its own'}] : []),
    ], hint: 'Drag the words on the stage to put them anywhere'});
    const [first, last] = seenIn(caption, shot.duration_s);
    from.update(first, {hint: first < last ? '' : 'after the shot’s end'});
    to.update(caption.to_s === null ? shot.duration_s : caption.to_s);
    fade.update(caption.fade_s);
  }

  return {
    element, update,
    /** The words wait to be typed over. */
    focus() {
      const field = text.element.querySelector('textarea');
      field.focus();
      field.select();
    },
    save: () => [text, from, to, fade].forEach(field => field.save()),
  };
}
