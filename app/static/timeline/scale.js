/* Where everything stands on the strip: time and place on one line.

   A part is as wide as it is long, times the zoom. What would be too narrow to grasp is drawn
   wider, and a cut or a file on its way takes room without taking time; so the line is true piece
   by piece: inside each part, time and place follow each other linearly. */
import {schedule} from '../store/schedule.js';
import {state} from '../store/store.js';

const SHOT_MIN = 56, EDGE_MIN = 66, PENDING = 132;  // pixels
const ZOOM = {min: 6, max: 480};  // pixels a second
const KEPT = 'storyboard-zoom';
let zoom = Number(sessionStorage.getItem(KEPT)) || 0;
/** @typedef {{parts: TimedPart[], pending: Pending[], zoom: number, places: Place[], width: number,
 *   total: number, named: Map<string, Place>}} Drawn */
/** @type {Drawn | null} */
let known = null;

/** @returns {Drawn} */
function place() {
  const parts = schedule(), {pending} = state;
  if (known && known.parts === parts && known.pending === pending && known.zoom === zoom) return known;
  const timed = new Map(parts.map(part => [part.owner, part]));
  /** @type {Place[]} */
  const places = [];
  let x = 0, time = 0;
  /** @type {(name: string, kind: Place['kind'], least: number) => void} */
  const add = (name, kind, least) => {
    const {start, end} = timed.get(name) || {start: time, end: time};
    const width = Math.max(least, Math.round((end - start) * zoom));
    places.push({name, kind, x, width, start, end});
    x += width;
    time = end;
  };
  /** @param {string | null} before */
  const addPending = before => {
    for (const file of pending) if (file.before === before) add(file.key, 'pending', PENDING);
  };
  state.story.shots.forEach(({id}, i) => {
    if (i) add(state.story.edges[i - 1].owner, 'edge', EDGE_MIN);
    addPending(id);
    add(id, 'shot', SHOT_MIN);
  });
  addPending(null);
  known = {
    parts, pending, zoom, places, width: x, total: time,
    named: new Map(places.map(one => [one.name, one])),
  };
  return known;
}

/** @param {number} value */
const within = value => Math.min(1, Math.max(0, value));

/** @type {(time: number, drawn?: Drawn) => number} */
const xOf = (time, {places} = place()) => {
  const at = places.find(p => time < p.end - 1e-6) || places.findLast(p => p.end > p.start);
  return at ? at.x + at.width * within((time - at.start) / (at.end - at.start)) : 0;
};

/** @param {number} x */
function timeAt(x) {
  const {places} = place();
  const at = places.find(p => x < p.x + p.width) || places[places.length - 1];
  return at ? at.start + (at.end - at.start) * within((x - at.x) / at.width) : 0;
}

/** The times at `count` + 1 places from `from` on, a pixel apart.
 * @type {(from: number, count: number) => Float64Array} */
function timesAt(from, count) {
  const {places} = place(), times = new Float64Array(count + 1);
  let k = 0;
  for (let i = 0; i <= count && places.length; i++) {
    while (k < places.length - 1 && from + i >= places[k].x + places[k].width) k++;
    const at = places[k];
    times[i] = at.start + (at.end - at.start) * within((from + i - at.x) / at.width);
  }
  return times;
}

/** The zoom at which the whole story is `width` pixels wide; where even the narrowest parts need
    more, the smallest.
 * @param {number} width */
function fitting(width) {
  const least = {shot: SHOT_MIN, edge: EDGE_MIN, pending: PENDING};
  let [low, high] = [ZOOM.min, ZOOM.max];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    const wide = place().places.reduce(
      (sum, p) => sum + Math.max(least[p.kind], (p.end - p.start) * middle), 0);
    if (wide < width) low = middle; else high = middle;
  }
  return low;
}

/** @param {number} value pixels a second */
function setZoom(value) {
  zoom = Math.min(ZOOM.max, Math.max(ZOOM.min, value));
  sessionStorage.setItem(KEPT, String(zoom));
}

export const scale = {
  ZOOM, xOf, timeAt, timesAt, fitting, setZoom,
  get zoom() { return zoom; },
  get line() { return place(); },
  get places() { return place().places; },
  get width() { return place().width; },
  get total() { return place().total; },
  of: (/** @type {string} */ name) => place().named.get(name),
};
