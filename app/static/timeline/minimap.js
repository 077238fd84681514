/* The map of a long story: all of it as wide as the window, with what is in sight as a frame that is
   dragged. It is the timeline's scroll bar, and works as one by keys too. */
import {attr, h, put} from '../kit/dom.js';
import {timedMarkers} from '../store/markers.js';
import {onDraw, standingOf, state} from '../store/store.js';
import {onTime, player} from '../stage/player.js';
import {scale} from './scale.js';

const FROM = 20;  // shots from which a story is long

/** @type {(line: Line) => () => void} */
export function minimap(line) {
  const {scroller, lane, view} = line;
  const canvas = h('canvas', {'aria-hidden': 'true'}), frame = h('div', {class: 'sb-sight'});
  const head = h('div', {class: 'sb-map-head'});
  scroller.id = 'sb-scroll';
  const map = h('div', {
    class: 'sb-map', role: 'scrollbar', tabindex: 0, 'aria-label': 'Map of the story',
    'aria-controls': scroller.id, 'aria-orientation': 'horizontal', 'aria-valuemin': 0, hidden: true,
  }, canvas, frame, head);
  scroller.before(map);
  let drawn = '';

  const shown = () => !map.hidden && scale.width > 0;
  /** Pixels of the map for one of the strip. */
  const share = () => map.clientWidth / scale.width;
  const room = () => Math.max(0, scale.width - view.width + 2 * lane.offsetLeft);

  function drawCanvas() {
    const {clientWidth: width, clientHeight: height} = map, sharp = devicePixelRatio || 1;
    const style = getComputedStyle(map), {shots} = state.story;
    /** @param {string} name */
    const colour = name => style.getPropertyValue(`--sb-${name}`).trim();
    const key = JSON.stringify([width, height, scale.total, document.documentElement.dataset.theme,
      colour('panel'), shots.map(({id, label, duration_s: s}) => [id, label, s, standingOf(id).state]),
      state.story.edges.map(({duration_s: s}) => s), timedMarkers().map(({time}) => time)]);
    if (key === drawn) return;
    drawn = key;
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
    const pen = canvas.getContext('2d'), wide = width / scale.total;
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    for (const {name, kind, n, start, end} of scale.places) {
      if (kind !== 'shot') continue;
      const {label} = shots[n - 1], {state: standing} = standingOf(name);
      pen.fillStyle = colour(label ? `label-${label}` : standing === 'failed' ? 'bad' : 'block');
      // Apart where there is room, and never gone.
      const x = start * wide, across = Math.max(0.75, (end - start) * wide - 0.75);
      pen.fillRect(x, 7, across, height - 12);
      if (standing === 'ready') {
        pen.fillStyle = colour('good');
        pen.fillRect(x, height - 5, across, 2);
      }
    }
    pen.fillStyle = colour('warn');
    for (const {time} of timedMarkers()) pen.fillRect(time * wide - 1, 1, 2.5, 5);
  }

  function drawFrame() {
    if (!shown()) return;
    const at = Math.max(0, view.left - lane.offsetLeft) * share(), wide = view.width * share();
    attr(frame, 'style', `transform: translateX(${Math.round(at * 10) / 10}px); `
      + `width: ${Math.round(Math.min(map.clientWidth - at, Math.max(10, wide)) * 10) / 10}px`);
    const most = room();
    attr(map, 'aria-valuemax', Math.round(most));
    attr(map, 'aria-valuenow', Math.round(Math.min(most, view.left)));
  }
  /** @param {number} time */
  function drawHead(time) {
    if (!state.story || !shown()) return;
    attr(head, 'style', `transform: translateX(${Math.round(map.clientWidth * time / scale.total * 10) / 10}px)`);
  }

  /** @type {(left: number) => void} */
  const scrollTo = left => { scroller.scrollLeft = left; };
  map.addEventListener('pointerdown', event => {
    if (event.button) return;
    event.preventDefault();
    map.focus({preventScroll: true});
    map.setPointerCapture(event.pointerId);
    const {left} = map.getBoundingClientRect(), sight = frame.getBoundingClientRect();
    const inside = event.clientX >= sight.left && event.clientX <= sight.right;
    const hold = inside ? event.clientX - sight.left : sight.width / 2;
    /** @param {PointerEvent} at */
    const go = at => scrollTo((at.clientX - left - hold) / share() + lane.offsetLeft);
    if (!inside) go(event);
    map.addEventListener('pointermove', go);
    map.addEventListener('lostpointercapture', () => map.removeEventListener('pointermove', go), {once: true});
  });
  map.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = view.width * 0.9, step = view.width / 8;
    /** @type {Record<string, number>} */
    const keys = {
      ArrowLeft: view.left - step, ArrowRight: view.left + step, PageUp: view.left - page,
      PageDown: view.left + page, Home: 0, End: room(),
    };
    const to = keys[event.key];
    if (to === undefined) return;
    event.preventDefault();
    scrollTo(to);
  });

  onTime(drawHead);
  onDraw(() => {
    put(map, 'hidden', state.story.shots.length <= FROM);
    if (!shown()) return;
    drawCanvas();
    drawFrame();
    drawHead(player.time);
  });
  new ResizeObserver(() => {
    if (!state.story || !shown()) return;
    drawCanvas();
    drawFrame();
  }).observe(map);
  return drawFrame;
}
