/* The words of the selected shot on the stage, to be put anywhere in the frame: dragged, made larger
   at their corner or by two fingers, or moved by the keys. */
import {attr, h, put} from '../kit/dom.js';
import {changeLine, heldCaption, holdCaption, lineOf, strengthOf} from '../store/captions.js';
import {partAt} from '../store/schedule.js';
import {onDraw, shotOf, state} from '../store/store.js';
import {onTime, player} from './player.js';

/** Of the frame, 0..1. @typedef {{x: number, y: number, w: number, h: number}} Box */

const SAMPLE = 480;  // pixels across, in which words are looked for
const NEAR = 0.012, STEP = 0.01, LARGE_STEP = 0.05, MORE = 1.1;
/** Where the words are in a picture of them, by its address. @type {Map<string, Box | null>} */
const known = new Map();

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
  const url = caption.lettering;
  if (!url) return null;
  if (known.has(url)) return known.get(url);
  known.set(url, null);
  if (known.size > 60) known.delete(known.keys().next().value);
  const image = new Image();
  image.onload = () => {
    known.set(url, inkOf(image, onBox(caption) ? 20 : 225));
    holdCaption(heldCaption());  // drawn again
  };
  image.src = url;
  return null;
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

  /** @type {{caption: Caption, index: number, id: string, box: Box, resize: boolean,
   *   fingers: Map<number, [number, number]>, from: [number, number], apart: number,
   *   x: number, y: number, scale: number, base: {x: number, y: number, scale: number}} | null} */
  let drag = null;

  const place = () => {
    const {selected, view} = state;
    if (view !== 'selection' || player.playing || !selected || selected.kind !== 'shot') return null;
    const part = partAt(player.time), shot = shotOf(selected.id);
    if (!part || !shot || part.owner !== shot.id || state.take) return null;
    const index = lineOf(shot), caption = shot.captions[index];
    if (!caption || (!strengthOf(caption, part.end - part.start, player.time - part.start)
      && !(player.time === part.start && !caption.from_s))) return null;
    const box = boxOf(caption);
    return box && {id: shot.id, index, caption, box};
  };

  function draw() {
    const at = drag || place();
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

  const middle = () => {
    const points = [...drag.fingers.values()];
    return /** @type {[number, number]} */ (
      [0, 1].map(i => points.reduce((sum, point) => sum + point[i], 0) / points.length));
  };
  const apart = () => {
    const [a, b] = [...drag.fingers.values()];
    return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  };

  function begin() {
    Object.assign(drag, {from: middle(), apart: apart()});
    drag.base = {x: drag.x, y: drag.y, scale: drag.scale};
  }

  element.addEventListener('pointerdown', event => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus();
    const at = drag || place();
    if (!at) return;
    element.setPointerCapture(event.pointerId);
    drag = drag || {
      ...at, resize: event.target === corner, fingers: new Map(), from: [0, 0], apart: 0,
      x: 0, y: 0, scale: 1, base: {x: 0, y: 0, scale: 1},
    };
    drag.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    begin();
  });
  element.addEventListener('pointermove', event => {
    if (!drag || !drag.fingers.has(event.pointerId)) return;
    drag.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    const {width, height} = frame.getBoundingClientRect(), now = middle(), {box, base} = drag;
    const gone = [(now[0] - drag.from[0]) / width, (now[1] - drag.from[1]) / height];
    const {size} = drag.caption;
    if (drag.resize) {
      drag.scale = within(base.scale * (1 + 2 * gone[0] / box.w), 0.25 / size, 4 / size);
    } else {
      if (drag.apart) drag.scale = within(base.scale * apart() / drag.apart, 0.25 / size, 4 / size);
      Object.assign(drag, kept(box, base.x + gone[0], base.y + gone[1], drag.scale));
    }
    const {id, index, x, y, scale} = drag;
    holdCaption({id, index, box, x, y, scale});
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

  /** @param {PointerEvent} event */
  function end(event) {
    if (!drag || !drag.fingers.delete(event.pointerId)) return;
    if (drag.fingers.size) return begin();
    const done = drag, cancelled = event.type === 'pointercancel';
    drag = null;
    if (cancelled || (!done.x && !done.y && done.scale === 1)) holdCaption(null);
    else commit(done, {x: done.x, y: done.y, scale: done.scale});
  }
  for (const type of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture'])) {
    element.addEventListener(type, end);
  }

  element.addEventListener('keydown', event => {
    const at = place(), step = event.shiftKey ? LARGE_STEP : STEP;
    const [x, y] = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    }[event.key] || [0, 0];
    const scale = {'+': MORE, '-': 1 / MORE}[event.key] || 1;
    if (!at || (!x && !y && scale === 1)) return;
    event.preventDefault();
    event.stopPropagation();
    const {size} = at.caption, by = within(scale, 0.25 / size, 4 / size);
    commit(at, {...kept(at.box, x * step, y * step, by), scale: by});
    for (const guide of [across, down]) put(guide, 'hidden', true);
  });

  onDraw(draw);
  onTime(draw);
}
