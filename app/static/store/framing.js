/* Which part of a picture the stage lets one move: all that is seen of it, or what its camera begins
   or ends with. */
import {set, state} from './store.js';

/** @typedef {'crop' | 'begin' | 'end'} Window */
let edited = {id: '', what: /** @type {Window | ''} */ ('')};

/** What is moved on the stage of this shot; '' where its result is shown.
 * @type {(shot: Shot | undefined) => Window | ''} */
export function windowOf(shot) {
  if (!shot || edited.id !== shot.id || state.view !== 'selection' || shot.kind !== 'image') return '';
  if (edited.what === 'crop') return (shot.fit || state.story.settings.fit) === 'cover' ? 'crop' : '';
  return shot.framing ? edited.what : '';
}

/** @type {(id: string, what: Window | '') => void} */
export function editWindow(id, what) {
  edited = {id, what};
  set({});
}

/** @type {(value: number, zoom: number) => number} */
const inside = (value, zoom) => Math.max(0.5 / zoom, Math.min(1 - 0.5 / zoom, value));

/** Kept inside of the frame.
 * @type {(part: Framing) => Framing} */
export const kept = ({x, y, zoom}) => ({x: inside(x, zoom), y: inside(y, zoom), zoom});

/** What is seen when `done` 0..1 of the way between two parts is over, as the engine goes it: the
    magnification grows evenly, and the camera goes straight.
 * @type {(framing: [Framing, Framing], done: number) => Framing} */
export function framedAt([start, end], done) {
  const [a, b] = [kept(start), kept(end)], zoom = a.zoom ** (1 - done) * b.zoom ** done;
  const way = Math.abs(Math.log(b.zoom / a.zoom)) > 1e-6
    ? (1 / zoom - 1 / a.zoom) / (1 / b.zoom - 1 / a.zoom) : done;
  return {x: a.x + (b.x - a.x) * way, y: a.y + (b.y - a.y) * way, zoom};
}
