/* Where everything stands on the strip: time and place on one line.

   A second is as wide as the zoom says, at every zoom: a part is as wide as it is long, be that less
   than a pixel. Only a file on its way takes room without taking time, so time and place follow each
   other linearly inside each part. */
import {schedule} from '../store/schedule.js';
import {state} from '../store/store.js';

const PENDING = 132;  // pixels
const ZOOM = {min: 0.01, max: 480};  // pixels a second
const KEPT = 'storyboard-zoom';
let zoom = Number(sessionStorage.getItem(KEPT)) || 0;
/** @typedef {{parts: TimedPart[], story: Story, pending: Pending[], zoom: number, places: Place[],
 *   width: number, total: number, named: Map<string, Place>}} Drawn */
/** @type {Drawn | null} */
let known = null;

/** @returns {Drawn} */
function place() {
  const parts = schedule(), {pending, story} = state;
  if (known && known.parts === parts && known.story === story && known.pending === pending
    && known.zoom === zoom) return known;
  const timed = new Map(parts.map(part => [part.owner, part]));
  /** @type {Place[]} */
  const places = [];
  let time = 0, waiting = 0, n = 0;
  /** @type {(name: string, kind: Place['kind'], room?: number) => void} */
  const add = (name, kind, room = 0) => {
    const {start, end} = timed.get(name) || {start: time, end: time};
    places.push({
      name, kind, n, x: start * zoom + waiting, width: room || (end - start) * zoom, start, end,
    });
    waiting += room;
    time = end;
  };
  /** @param {string | null} before */
  const addPending = before => {
    for (const file of pending) if (file.before === before) add(file.key, 'pending', PENDING);
  };
  state.story.shots.forEach(({id}, i) => {
    if (i) add(state.story.edges[i - 1].owner, 'edge');
    addPending(id);
    n += 1;
    add(id, 'shot');
  });
  addPending(null);
  known = {
    parts, story, pending, zoom, places, width: time * zoom + waiting, total: time,
    named: new Map(places.map(one => [one.name, one])),
  };
  return known;
}

/** @param {number} value */
const within = value => Math.min(1, Math.max(0, value));

/** How many of the places lie before the first for which `ends` holds: they are in order.
 * @type {(places: Place[], ends: (place: Place) => boolean) => number} */
function before(places, ends) {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends(places[middle])) high = middle; else low = middle + 1;
  }
  return low;
}

/** @type {(time: number, drawn?: Drawn) => number} */
const xOf = (time, {places, width} = place()) => {
  const at = places[before(places, one => time < one.end - 1e-6)];
  return at ? at.x + at.width * within((time - at.start) / (at.end - at.start)) : width;
};

/** @param {number} x */
function timeAt(x) {
  const {places, total} = place();
  const at = places[before(places, one => x < one.x + one.width)];
  return at ? at.start + (at.end - at.start) * within((x - at.x) / at.width) : total;
}

/** The times at `count` + 1 places from `from` on, a pixel apart.
 * @type {(from: number, count: number) => Float64Array} */
function timesAt(from, count) {
  const {places} = place(), times = new Float64Array(count + 1);
  let k = 0;
  for (let i = 0; i <= count && places.length; i++) {
    while (k < places.length - 1 && from + i >= places[k].x + places[k].width) k++;
    const at = places[k];
    times[i] = at.width ? at.start + (at.end - at.start) * within((from + i - at.x) / at.width)
      : at.end;
  }
  return times;
}

/** The places that reach into what lies between `from` and `to`, and where they begin in the list.
 * @type {(from: number, to: number) => {first: number, places: Place[]}} */
function between(from, to) {
  const {places} = place(), first = before(places, one => one.x + one.width >= from);
  return {first, places: places.slice(first, before(places, one => one.x > to))};
}

/** The zoom at which the whole story is `width` pixels wide.
 * @param {number} width */
function fitting(width) {
  const {total, places} = place();
  const waiting = places.filter(({kind}) => kind === 'pending').length * PENDING;
  return clamped(Math.max(width / 2, width - waiting) / (total || 1));
}

/** @param {number} value */
const clamped = value => Math.min(ZOOM.max, Math.max(ZOOM.min, value));

/** @param {number} value pixels a second */
function setZoom(value) {
  zoom = clamped(value);
  sessionStorage.setItem(KEPT, String(zoom));
}

export const scale = {
  ZOOM, xOf, timeAt, timesAt, between, fitting, setZoom,
  get zoom() { return zoom; },
  get line() { return place(); },
  get places() { return place().places; },
  get width() { return place().width; },
  get total() { return place().total; },
  of: (/** @type {string} */ name) => place().named.get(name),
};
