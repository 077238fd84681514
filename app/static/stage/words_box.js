/* The words of the selected shot on the stage, to be put anywhere in the frame: dragged, made larger
   at their corner or by two fingers, or moved by the keys. */
import {attr, h, put} from '../kit/dom.js';
import {gesture} from '../kit/gesture.js';
import {changeLine, heldCaption, holdCaption, lineOf, strengthOf} from '../store/captions.js';
import {windowOf} from '../store/framing.js';
import {partAt} from '../store/schedule.js';
import {onDraw, shotOf, state} from '../store/store.js';
import {onTime, player} from './player.js';

/** Of the frame, 0..1. @typedef {{x: number, y: number, w: number, h: number}} Box */

const SAMPLE = 480;  // pixels across, in which words are looked for
const NEAR = 0.012, STEP = 0.01, LARGE_STEP = 0.05, MORE = 1.1;
/** Where the words are in a picture of them, by its address. @type {Map<string, Box | null>} */
const known = new Map();
/** Those that are on their way. @type {Map<string, Promise<void>>} */
const coming = new Map();

/** @param {number} value */
const fine = value => Math.round(value * 1000) / 1000;
/** @type {(value: number, least: number, most: number) => number} */
const within = (value, least, most) => Math.max(least, Math.min(most, value));
/** @type {(now: Caption) => boolean} A shadow is not what stands in its place. */
const onBox = ({style, place}) => ['box', 'lower-third'].includes(style)
  || (style === 'auto' && place === 'bottom');

/** Where the words are; null until their picture has come.
 * @param {Caption} caption */
function boxOf(caption) {
  if (caption.lettering && !known.has(caption.lettering)) look(caption);
  return known.get(caption.lettering) || null;
}

/** Resolves when it is known where the words are.
 * @param {Caption} caption */
function look(caption) {
  const url = caption.lettering;
  if (known.has(url)) return Promise.resolve();
  const image = new Image();
  const found = coming.get(url) || new Promise(resolve => {
    image.onload = image.onerror = () => {
      known.set(url, image.naturalWidth ? inkOf(image, onBox(caption) ? 20 : 225) : null);
      if (known.size > 60) known.delete(known.keys().next().value);
      coming.delete(url);
      resolve();
      holdCaption(heldCaption());  // drawn again
    };
    image.src = url;
  });
  coming.set(url, found);
  return found;
}

/** @type {(image: HTMLImageElement, least: number) => Box | null} */
function inkOf(image, least) {
  const width = SAMPLE, height = Math.round(SAMPLE * image.naturalHeight / image.naturalWidth);
  const canvas = h('canvas', {width, height});
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(image, 0, 0, width, height);
  const {data} = context.getImageData(0, 0, width, height);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 3, n = 0; i < data.length; i += 4, n += 1) {
    if (data[i] < least) continue;
    const x = n % width, y = (n - x) / width;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  if (right < 0) return null;
  return {
    x: left / width, y: top / height, w: (right + 1 - left) / width, h: (bottom + 1 - top) / height,
  };
}

/** @param {HTMLElement} frame the stage's */
export function wordsBox(frame) {
  const corner = h('i', {class: 'sb-words-corner', 'aria-hidden': 'true'});
  const element = h('div', {
    class: 'sb-words-box', tabindex: '0', role: 'application', hidden: true,
    'aria-label': 'Words on the picture: arrows move them, plus and minus change their size',
  }, corner);
  const across = h('i', {class: 'sb-guide sb-guide-x', hidden: true});
  const down = h('i', {class: 'sb-guide sb-guide-y', hidden: true});
  frame.append(across, down, element);

  /** @type {NonNullable<ReturnType<typeof place>> & {resize: boolean, x: number, y: number,
   *   scale: number} | null} */
  let drag = null;

  /** The shot on the stage, and how far the stage is in it. */
  const shown = () => {
    const {selected, view} = state;
    if (view !== 'selection' || player.playing || !selected || selected.kind !== 'shot') return null;
    const part = partAt(player.time), shot = shotOf(selected.id);
    return part && shot && part.owner === shot.id && !state.take && !windowOf(shot) ? {part, shot} : null;
  };
  const chosen = () => {
    const at = shown();
    return at && at.shot.captions[lineOf(at.shot)];
  };

  const place = () => {
    const at = shown(), caption = chosen();
    if (!caption) return null;
    const {part, shot} = at, into = player.time - part.start;
    const lit = !into && !caption.from_s;  // as the player shows it
    if (!lit && !strengthOf(caption, part.end - part.start, into)) return null;
    const box = boxOf(caption);
    return box && {id: shot.id, index: lineOf(shot), caption, box};
  };

  function draw() {
    const at = drag || place(), caption = chosen();
    // It stays, and keeps the focus, until the new picture of its words has come.
    if (!at && caption && coming.has(caption.lettering)) return;
    put(element, 'hidden', !at);
    for (const guide of [across, down]) if (!drag) put(guide, 'hidden', true);
    if (!at) return;
    const {x, y, w, h: high} = moved(at.box, drag || {x: 0, y: 0, scale: 1});
    Object.assign(element.style, {
      left: `${x * 100}%`, top: `${y * 100}%`, width: `${w * 100}%`, height: `${high * 100}%`,
    });
    attr(element, 'data-held', drag ? 'yes' : null);
  }

  /** @type {(box: Box, by: {x: number, y: number, scale: number}) => Box} */
  const moved = (box, {x, y, scale}) => ({
    x: box.x + x + box.w * (1 - scale) / 2, y: box.y + y + box.h * (1 - scale) / 2,
    w: box.w * scale, h: box.h * scale,
  });

  /** The place and size that the words then have.
   * @type {(at: NonNullable<ReturnType<typeof place>>, by: {x: number, y: number, scale: number})
   *   => Promise<void>} */
  async function commit({id, index, caption, box}, by) {
    const to = moved(box, by);
    const along = {left: 0, centre: 0.5, right: 1}[caption.align];
    const at = /** @type {[number, number]} */ (
      [to.x + to.w * along, to.y + to.h / 2].map(value => fine(within(value, 0, 1))));
    holdCaption({id, index, box, ...by});  // as it was left, until the server has drawn it there
    await changeLine(id, {at, size: fine(within(caption.size * by.scale, 0.25, 4))});
    if (!drag) holdCaption(null);
  }

  gesture(element, {
    begin(event) {
      const at = place();
      if (!at) return false;
      drag = {...at, resize: event.target === corner, x: 0, y: 0, scale: 1};
    },
    move({x, y, scale}) {
      const {width, height} = frame.getBoundingClientRect(), {box, caption: {size}} = drag;
      const wanted = drag.resize ? 1 + 2 * x / width / box.w : scale;
      drag.scale = within(wanted, 0.25 / size, 4 / size);
      if (!drag.resize) Object.assign(drag, kept(box, x / width, y / height, drag.scale));
      const {id, index} = drag;
      holdCaption({id, index, box, x: drag.x, y: drag.y, scale: drag.scale});
    },
    end(cancelled) {
      const {x, y, scale, ...at} = drag;
      drag = null;
      if (cancelled || (!x && !y && scale === 1)) holdCaption(null);
      else commit(at, {x, y, scale});
    },
  });

  /** Inside the frame, and exactly in its middle where it is near.
   * @type {(box: Box, x: number, y: number, scale: number) => {x: number, y: number}} */
  function kept(box, x, y, scale) {
    const [w, high] = [box.w * scale, box.h * scale];
    const centre = [box.x + box.w / 2, box.y + box.h / 2];
    /** @type {(value: number, half: number) => number} */
    const inside = (value, half) => (half > 0.5 ? 0.5 : within(value, half, 1 - half));
    const to = [inside(centre[0] + x, w / 2), inside(centre[1] + y, high / 2)];
    [across, down].forEach((guide, i) => {
      const near = Math.abs(to[i] - 0.5) < NEAR;
      if (near) to[i] = 0.5;
      put(guide, 'hidden', !near);
    });
    return {x: to[0] - centre[0], y: to[1] - centre[1]};
  }

  /** Steps of the keys that are still to be made: each begins where the one before has led.
   * @type {{x: number, y: number, scale: number}[]} */
  const steps = [];
  let stepping = false;
  async function step() {
    if (stepping) return;
    stepping = true;
    while (steps.length) {
      const caption = chosen();
      if (caption && caption.lettering) await look(caption);
      const at = place(), taken = steps.splice(0);
      if (!at) break;
      const {size} = at.caption;
      const scale = within(taken.reduce((all, one) => all * one.scale, 1), 0.25 / size, 4 / size);
      const [x, y] = [taken.reduce((all, one) => all + one.x, 0), taken.reduce((all, one) => all + one.y, 0)];
      await commit(at, {...kept(at.box, x, y, scale), scale});
      for (const guide of [across, down]) put(guide, 'hidden', true);
    }
    stepping = false;
  }
  element.addEventListener('keydown', event => {
    const far = event.shiftKey ? LARGE_STEP : STEP;
    const [x, y] = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    }[event.key] || [0, 0];
    const scale = {'+': MORE, '-': 1 / MORE}[event.key] || 1;
    if (!x && !y && scale === 1) return;
    event.preventDefault();
    event.stopPropagation();
    steps.push({x: x * far, y: y * far, scale});
    step();
  });

  onDraw(draw);
  onTime(draw);
}
