/* Cards of videos as strips of film: frames at even steps along the card, each the one that is seen
   there. Only those in sight are asked for, at steps that many zooms and cuts share. */
import {secondAt} from '../store/footage.js';

const LEAST_MS = 250;  // between two frames that the server gives

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/** The step between frames that are `wide` seconds apart on the strip: a power of two times the
    least, so that few are asked for twice.
 * @param {number} wide */
export const stepOf = wide => (
  LEAST_MS * 2 ** Math.max(0, Math.floor(Math.log2(Math.max(wide, 1e-6) * 1000 / LEAST_MS))));

/** Where the frame of a shot at `at` seconds is to be had.
 * @type {(film: Footage, at: number, loops: boolean, step?: number) => string} */
const frame = (film, at, loops, step = LEAST_MS) => (
  `${film.frames}?at_ms=${Math.floor(Math.max(0, secondAt(film, at, loops) * 1000 - 1) / step) * step}`);

/** The picture that a shot ends with.
 * @type {(shot: Shot) => string | undefined} */
export const lastFrame = shot => (
  shot.footage ? frame(shot.footage, shot.duration_s, shot.past_end === 'loop') : shot.thumb);

/** Draw the frames of a video's card that lie between `from` and `to` of it, in pixels, `zoom` of them
    a second.
 * @type {(face: HTMLElement, shot: Shot, on: {width: number, height: number, zoom: number,
 *   from: number, to: number}) => void} */
export function drawFilm(face, shot, {width, height, zoom, from, to}) {
  const box = /** @type {HTMLElement} */ (face.querySelector('.sb-film'));
  const slot = height * (Number(face.style.getPropertyValue('--sb-shape')) || 16 / 9);
  const step = stepOf(slot / zoom), loops = shot.past_end === 'loop';
  /** @type {[number, string][]} */
  const wanted = [];
  // The first is the card's own picture.
  for (let k = Math.max(1, Math.floor(from / slot)); k * slot < Math.min(width, to); k++) {
    wanted.push([Math.round(k * slot), frame(shot.footage, k * slot / zoom, loops, step)]);
  }
  const key = JSON.stringify([wanted, slot]);
  if (drawn.get(box) === key) return;
  drawn.set(box, key);
  const known = new Map([...box.querySelectorAll('img')].map(one => [one.dataset.at, one]));
  box.replaceChildren(...wanted.map(([x, url]) => {
    const image = known.get(`${x} ${url}`) || new Image();
    if (!image.dataset.at) {
      Object.assign(image, {alt: '', draggable: false, src: url});
      image.dataset.at = `${x} ${url}`;
    }
    image.style.cssText = `left: ${x}px; width: ${Math.ceil(slot)}px`;
    return image;
  }));
}
