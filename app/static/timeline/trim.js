/* The edges of a card are dragged, in whole frames: the right one makes it longer or shorter, as
   that of a transition does; the left one takes from its start, or shows more before it. Near half
   seconds, the playhead, markers, beats and the video's end they snap, unless Alt is held. */
import {h} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import {player} from '../stage/player.js';
import {allBeats} from '../store/beats.js';
import {beyond, headRoom} from '../store/footage.js';
import {markerTimes} from '../store/markers.js';
import {asSelected, edgeOf, itemOf, send, set, shotOf, state} from '../store/store.js';
import {scale} from './scale.js';

/** A drag: what is `shown` for `wanted` seconds more than at first, what that comes to in whole
    frames, and what is done with it at last.
 * @typedef {{name: string, from: number, left: boolean,
 *   places: (now: number) => number[], whole: (wanted: number) => number,
 *   show: (whole: number) => void, keep: (whole: number) => void}} Drag */

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
    const handle = /** @type {Element} */ (event.target).closest('.sb-trim, .sb-trim-in');
    if (!handle || event.button) return;
    event.preventDefault();
    const name = line.name(handle), [, after] = name.split('>');
    // At a cut there is nothing but the start of what comes after it.
    const isCut = after && edgeOf(name).duration_s * state.story.settings.fps < 0.5;
    const drag = handle.matches('.sb-trim-in') || isCut ? head(after || name) : tail(name);
    if (drag) follow(event, handle, drag);
  });

  /** @type {(down: PointerEvent, handle: HTMLElement, drag: Drag) => void} */
  const follow = (down, handle, drag) => {
    const over = new AbortController(), {signal} = over, before = drag.left ? 0 : drag.from;
    let now = before;
    handle.setPointerCapture(down.pointerId);
    element.classList.add('sb-trimming');

    handle.addEventListener('pointermove', move => {
      const place = scale.of(drag.name);
      if (!place) return end(false);
      const moved = (move.clientX - down.clientX) / scale.zoom;
      const wanted = drag.left ? moved : drag.from + moved;
      const near = move.altKey ? undefined : snapped(drag.places(wanted), wanted);
      now = drag.whole(near ?? wanted);
      drag.show(now);
      tell(drag, now, near !== undefined);
    }, {signal});
    handle.addEventListener('lostpointercapture', () => end(true), {signal});
    onEscape(() => end(false), {signal});

    /** @param {boolean} keep */
    function end(keep) {
      over.abort();
      element.classList.remove('sb-trimming');
      label.hidden = snap.hidden = true;
      if (!itemOf(asSelected(drag.name))) return;
      drag.show(before);
      lane.style.transform = '';
      if (keep && now !== before) drag.keep(now);
      else set({});
    }
  };

  /** The right edge of a shot or a transition: its duration.
   * @type {(name: string) => Drag} */
  const tail = name => {
    const item = () => itemOf(asSelected(name)), from = item().duration_s;
    return {
      name, from, left: false,
      places: wanted => {
        const {start} = scale.of(name), {video_s: film} = /** @type {Shot} */ (item());
        return [Math.round(wanted * 2) / 2, ...stops().map(time => time - start),
          ...(film ? [film] : [])];
      },
      whole: wanted => line.whole(name, wanted),
      show: now => {
        item().duration_s = now;
        set({});
      },
      keep: now => line.last(name, now),
    };
  };

  /** The left edge of a shot: how much of its start is left out. Its right end stays where it is
      seen until the hand lets go.
   * @type {(id: string) => Drag | null} */
  const head = id => {
    if (!shotOf(id)) return null;
    const from = shotOf(id).duration_s, {start} = scale.of(id);
    const {least, most} = headRoom(state.story, shotOf(id)), {fps} = state.story.settings;
    const right = () => scale.of(id).x + scale.of(id).width, at = right();
    return {
      name: id, from, left: true,
      places: wanted => [Math.round(wanted * 2) / 2, ...stops().map(time => time - start)],
      whole: wanted => Math.round(Math.min(most, Math.max(least, wanted)) * fps) / fps,
      show: by => {
        shotOf(id).duration_s = from - by;
        set({});
        lane.style.transform = `translateX(${at - right()}px)`;
      },
      keep: by_s => {
        send('trim_start', {id, by_s});
        line.say(`Shot ${state.story.shots.indexOf(shotOf(id)) + 1}: ${rounded(from - by_s)} s, `
          + `${rounded(Math.abs(by_s))} s ${by_s > 0 ? 'left out at' : 'more before'} its start`);
      },
    };
  };

  const stops = () => [player.time, ...allBeats(), ...markerTimes()];

  /** Of `places` the one that `wanted` is near to.
   * @type {(places: number[], wanted: number) => number | undefined} */
  const snapped = (places, wanted) => places
    .filter(s => Math.abs(s - wanted) * scale.zoom < NEAR)
    .sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0];

  /** @param {number} s */
  const rounded = s => Math.round(s * 100) / 100;

  /** @type {(drag: Drag, now: number, near: boolean) => void} */
  const tell = ({name, from, left}, now, near) => {
    const at = scale.of(name), change = rounded(left ? -now : now - from);
    const made = left || name.includes('>') ? 0 : beyond(state.story, shotOf(name));
    const loops = made && shotOf(name).past_end === 'loop';
    const x = left ? at.x : at.x + at.width;
    label.hidden = false;
    label.textContent = `${rounded(left ? from - now : now)} s`
      + `${change ? ` (${change > 0 ? '+' : '−'}${Math.abs(change)})` : ''}`
      + `${made ? `, ${rounded(made)} s ${loops ? 'repeated' : 'generated'}` : ''}`;
    label.style.transform = `translateX(${x}px) translateX(-50%)`;
    snap.hidden = !near;
    snap.style.transform = `translateX(${x}px)`;
  };
}
