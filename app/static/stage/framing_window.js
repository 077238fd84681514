/* The window over a picture on the stage: what is seen of it, or what its camera begins and ends
   with. Moved by dragging and by the arrow keys, zoomed by scrolling, two fingers, plus and minus. */
import {attr, h, put} from '../kit/dom.js';
import {gesture} from '../kit/gesture.js';
import {focusOf} from '../store/crops.js';
import {kept, windowOf} from '../store/framing.js';
import {onDraw, send, shotOf, state} from '../store/store.js';
import {onTime, player} from './player.js';

const STEP = 0.02, MORE = 1.1, SETTLED_MS = 400, MOST = 8;
/** Of the frame. @typedef {{x: number, y: number, w: number, h: number}} Box */
/** @typedef {{focus?: [number, number], part?: Framing}} Draft */

/** @param {number} value */
const fine = value => Math.round(value * 1000) / 1000;
/** @type {(value: number, least: number, most: number) => number} */
const within = (value, least, most) => Math.max(least, Math.min(most, value));

/** @param {HTMLElement} frame the stage's */
export function framingWindow(frame) {
  const element = h('div', {class: 'sb-window', tabindex: '0', role: 'application', hidden: true},
    h('span', {class: 'sb-window-name', 'aria-hidden': 'true'}));
  const other = h('div', {class: 'sb-window sb-window-other', hidden: true, 'aria-hidden': 'true'},
    h('span', {class: 'sb-window-name'}));
  frame.append(other, element);
  const image = new Image();
  image.onload = () => draw();
  /** @type {Draft | null} */
  let draft = null;  // what is being moved, before it is sent
  let from = /** @type {Draft} */ ({}), settling = 0;

  const now = () => {
    const {selected} = state, shot = selected && selected.kind === 'shot' ? shotOf(selected.id) : undefined;
    const what = player.playing || state.take ? '' : windowOf(shot);
    return what ? {shot, what, n: what === 'end' ? 1 : 0} : null;
  };

  /* Where the whole picture lies in the frame, and how large the window is in it. */
  function whole() {
    const {width, height} = state.story.settings;
    const shape = image.naturalWidth / image.naturalHeight / (width / height) || 1;
    const picture = {w: Math.min(1, shape), h: Math.min(1, 1 / shape)};
    const size = {w: Math.min(picture.w, picture.h), h: Math.min(picture.w, picture.h)};
    return {picture, size, x: (1 - picture.w) / 2, y: (1 - picture.h) / 2};
  }

  /** @type {(at: NonNullable<ReturnType<typeof now>>) => Draft} */
  const present = ({shot, what, n}) => (
    what === 'crop' ? {focus: focusOf(shot)} : {part: kept(shot.framing[n])});

  /** @type {(one: Draft) => Box} */
  function boxOf({focus, part}) {
    if (part) {
      const size = 1 / part.zoom;
      return {x: part.x - size / 2, y: part.y - size / 2, w: size, h: size};
    }
    const {picture, size, x, y} = whole();
    return {
      x: x + (picture.w - size.w) * focus[0], y: y + (picture.h - size.h) * focus[1], ...size,
    };
  }

  /** Moved by parts of the frame, and so many times as large.
   * @type {(one: Draft, x: number, y: number, scale: number) => Draft} */
  function moved({focus, part}, x, y, scale) {
    if (part) {
      return {part: kept({x: part.x + x, y: part.y + y, zoom: within(part.zoom / scale, 1, MOST)})};
    }
    const {picture, size} = whole();
    const spare = [picture.w - size.w, picture.h - size.h];
    const to = [x, y].map((by, i) => within(focus[i] + (spare[i] > 0.001 ? by / spare[i] : 0), 0, 1));
    return {focus: /** @type {[number, number]} */ (to)};
  }

  /** @param {Draft} to */
  async function commit({focus, part}) {
    const at = now();
    if (!at) return;
    const {shot: {id, framing}, n} = at;
    const fields = focus ? {focus: focus.map(fine)} : {framing: framing.map((one, i) => (
      i === n ? {x: fine(part.x), y: fine(part.y), zoom: fine(part.zoom)} : one))};
    draft = null;
    await send('set_shot', {id, fields});
  }

  function draw() {
    const at = now();
    put(element, 'hidden', !at || !image.naturalWidth);
    put(other, 'hidden', !at || at.what === 'crop');
    if (at && image.getAttribute('src') !== at.shot.picture) image.src = at.shot.picture;
    if (!at || element.hidden) return;
    lay(element, boxOf(draft || present(at)));
    const {shot: {framing}, what, n} = at;
    const name = {crop: 'What is seen', begin: 'Begin', end: 'End'}[what];
    put(element.firstElementChild, 'textContent', name);
    attr(element, 'aria-label', `${name}: arrows move it${what === 'crop' ? '' : ', plus and minus zoom'}`);
    if (what === 'crop') return;
    lay(other, boxOf({part: kept(framing[1 - n])}));
    put(other.firstElementChild, 'textContent', n ? 'Begin' : 'End');
  }

  /** @type {(node: HTMLElement, box: Box) => void} */
  const lay = (node, {x, y, w, h: high}) => {
    Object.assign(node.style, {
      left: `${x * 100}%`, top: `${y * 100}%`, width: `${w * 100}%`, height: `${high * 100}%`,
    });
  };

  gesture(element, {
    begin() {
      const at = now();
      if (!at) return false;
      from = present(at);
    },
    move({x, y, scale}) {
      const {width, height} = frame.getBoundingClientRect();
      draft = moved(from, x / width, y / height, scale);
      draw();
    },
    end(cancelled) {
      if (draft && !cancelled) commit(draft);
      draft = null;
      draw();
    },
  });

  /* Many small steps are one edit. */
  /** @type {(x: number, y: number, scale: number) => void} */
  function nudge(x, y, scale) {
    const at = now();
    if (!at) return;
    draft = moved(draft || present(at), x, y, scale);
    draw();
    clearTimeout(settling);
    settling = setTimeout(() => draft && commit(draft), SETTLED_MS);
  }
  element.addEventListener('wheel', event => {
    if (now().what === 'crop') return;
    event.preventDefault();
    nudge(0, 0, event.deltaY > 0 ? MORE : 1 / MORE);
  }, {passive: false});
  element.addEventListener('keydown', event => {
    const step = event.shiftKey ? 4 * STEP : STEP;
    const [x, y] = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    }[event.key] || [0, 0];
    const scale = {'+': 1 / MORE, '-': MORE}[event.key] || 1;
    if (!x && !y && scale === 1) return;
    event.preventDefault();
    event.stopPropagation();
    nudge(x * step, y * step, scale);
  });
  element.addEventListener('blur', () => draft && commit(draft));

  onDraw(draw);
  onTime(draw);
}
