/* The right edge of a card or a chip is dragged to make it longer or shorter, in whole frames; near
   half seconds, the playhead and beats it snaps, unless Alt is held. */
import {h} from '../kit/dom.js';
import {player} from '../stage/player.js';
import {allBeats} from '../store/beats.js';
import {asSelected, itemOf, set} from '../store/store.js';
import {scale} from './scale.js';

/** @param {Line} line */
export function trimming(line) {
  const {element, lane, strip} = line;
  const NEAR = 7;  // pixels
  /** @type {HTMLElement} */
  const snap = element.querySelector('.sb-snap');
  const label = h('div', {class: 'sb-length', hidden: true});
  lane.append(label);

  strip.addEventListener('pointerdown', event => {
    /** @type {HTMLElement | null} */
    const handle = /** @type {Element} */ (event.target).closest('.sb-trim');
    if (!handle || event.button) return;
    event.preventDefault();
    const name = line.name(handle), from = item(name).duration_s, x0 = line.x(event.clientX);
    const over = new AbortController(), {signal} = over;
    handle.setPointerCapture(event.pointerId);
    element.classList.add('sb-trimming');

    handle.addEventListener('pointermove', move => {
      const at = scale.of(name);
      if (!at) return end(false);
      const wanted = from + (line.x(move.clientX) - x0) / scale.zoom;
      const near = move.altKey ? null : snapped(at, wanted);
      item(name).duration_s = line.whole(name, near ?? wanted);
      set({});
      show(scale.of(name), item(name).duration_s, from, near != null);
    }, {signal});
    handle.addEventListener('lostpointercapture', () => end(true), {signal});
    window.addEventListener('keydown', key => {
      if (key.key !== 'Escape') return;
      key.preventDefault();
      key.stopPropagation();
      end(false);
    }, {signal, capture: true});

    /** @param {boolean} keep */
    function end(keep) {
      over.abort();
      element.classList.remove('sb-trimming');
      label.hidden = snap.hidden = true;
      if (!item(name)) return;
      const wanted = item(name).duration_s;
      item(name).duration_s = from;
      if (keep && wanted !== from) line.last(name, wanted);
      else set({});
    }
  });

  /** @param {string} name */
  const item = name => itemOf(asSelected(name));

  /** The half second, the playhead or the beat that `wanted` is near to.
   * @type {(at: Place, wanted: number) => number | undefined} */
  const snapped = (at, wanted) => {
    const places = [Math.round(wanted * 2) / 2];
    places.push(...[player.time, ...allBeats()].map(time => time - at.start));
    return places.filter(s => s > 0 && Math.abs(s - wanted) * scale.zoom < NEAR)
      .sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0];
  };

  /** @type {(at: Place, now: number, from: number, near: boolean) => void} */
  const show = (at, now, from, near) => {
    const change = Math.round((now - from) * 100) / 100;
    label.hidden = false;
    label.textContent = `${Math.round(now * 100) / 100} s`
      + `${change ? ` (${change > 0 ? '+' : '−'}${Math.abs(change)})` : ''}`;
    label.style.transform = `translateX(${at.x + at.width}px) translateX(-50%)`;
    snap.hidden = !near;
    snap.style.transform = `translateX(${at.x + at.width}px)`;
  };
}
