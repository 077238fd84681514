/* Sounds are dragged along the film and onto other tracks, trimmed at both edges, and faded by their
   upper corners. They snap to where parts of the film begin, to the playhead, to each other and to the
   beats of music, unless Alt is held. With a finger the selected one is dragged: elsewhere a swipe scrolls. */
import {h} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import {filmBeats} from '../store/beats.js';
import {restOf, soundOf, spanOf, trackWith} from '../store/heard.js';
import {markerTimes} from '../store/markers.js';
import {selectSound, send, set, SHOTS, state} from '../store/store.js';
import {player} from '../stage/player.js';
import {scale} from './scale.js';

const FAR = 4, NEAR = 7;  // pixels: from which a press is a drag, and where a place attracts
const LEAST_S = 0.05;  // of a sound
const MOST_FADE_S = 60;

/** @type {(root: HTMLElement, line: Line) => void} */
export function draggingSounds(root, line) {
  const {element, lane} = line;
  /** @type {HTMLElement} */
  const snap = element.querySelector('.sb-snap');
  const label = h('div', {class: 'sb-length', hidden: true});
  lane.append(label);

  root.addEventListener('pointerdown', event => {
    const target = /** @type {Element} */ (event.target);
    /** @type {HTMLElement | null} */
    const item = target.closest('.sb-sounds > li');
    if (!item || event.button) return;
    const id = item.dataset.name, handle = target.closest('.sb-handle');
    const chosen = state.sound && state.sound.id === id;
    if (event.pointerType !== 'mouse' && !chosen) return;
    const what = handle ? /** @type {HTMLElement} */ (handle).dataset.handle : 'move';
    const was = {...soundOf(id)}, span = spanOf(soundOf(id)), own = trackWith(id).id;
    const t0 = scale.timeAt(line.x(event.clientX));
    const over = new AbortController(), {signal} = over;
    /** @type {Partial<SoundClip> & {at?: number}} */
    let now = {};
    let moved = false, to = own;

    /** @param {PointerEvent} move */
    const mine = move => move.pointerId === event.pointerId;
    window.addEventListener('pointermove', move => {
      if (!mine(move)) return;
      if (!moved && Math.abs(move.clientX - event.clientX) < FAR
        && Math.abs(move.clientY - event.clientY) < FAR) return;
      if (!soundOf(id)) return end(false);
      if (!moved) {
        moved = true;
        element.classList.add('sb-sounding');
        selectSound({kind: 'sound', id});
      }
      line.nudge(move.clientX);
      const by = scale.timeAt(line.x(move.clientX)) - t0;
      const attract = move.altKey ? (/** @type {number} */ time) => time : attraction(id);
      now = changed(what, {was, span, by, attract, rest: restOf(soundOf(id))});
      if (what === 'move') to = trackUnder(move.clientY) || own;
      for (const track of root.querySelectorAll('.sb-track')) {
        const {id: name} = /** @type {HTMLElement} */ (track).dataset;
        track.classList.toggle('sb-target', to !== own && name === to);
      }
      const {at, ...fields} = now;
      Object.assign(soundOf(id), fields);
      set({});
      show(at);
    }, {signal});
    window.addEventListener('pointerup', up => mine(up) && end(true), {signal});
    window.addEventListener('pointercancel', cancel => mine(cancel) && end(false), {signal});
    onEscape(() => end(false), {signal});

    /** @param {boolean} keep */
    function end(keep) {
      over.abort();
      if (!moved) return;
      element.classList.remove('sb-sounding');
      for (const track of root.querySelectorAll('.sb-target')) track.classList.remove('sb-target');
      label.hidden = snap.hidden = true;
      const {at: _, ...fields} = now;
      if (!soundOf(id)) return;
      Object.assign(soundOf(id), was);
      if (!keep) set({});
      else if (what === 'move') {
        const start = span.start + fields.start_s - was.start_s;
        send('move_sound', {id, start_s: start, track: to === own ? null : to});
      } else send('set_sound', {id, fields});
    }
  });

  /** The track whose lane is at this height.
   * @param {number} y */
  function trackUnder(y) {
    const under = /** @type {HTMLElement[]} */ ([...root.querySelectorAll('.sb-track')])
      .find(track => {
        const {top, bottom} = track.getBoundingClientRect();
        return y >= top && y < bottom;
      });
    return under && under.dataset.id !== SHOTS ? under.dataset.id : null;
  }

  /** Brings a second of the film to what is near to it on the strip.
   * @type {(id: string) => (time: number) => number} */
  const attraction = id => {
    const places = [
      player.time, ...scale.places.map(place => place.start), scale.total, ...markerTimes(),
    ];
    for (const track of state.story.tracks) {
      for (const sound of track.sounds) {
        if (sound.id === id) continue;
        places.push(spanOf(sound).start, spanOf(sound).end, ...filmBeats(sound));
      }
    }
    return time => {
      const x = scale.xOf(time);
      /** @type {(place: number) => number} */
      const far = place => Math.abs(scale.xOf(place) - x);
      const nearest = places.reduce((a, b) => (far(b) < far(a) ? b : a));
      return far(nearest) < NEAR ? nearest : time;
    };
  };

  /** @param {number} at */
  const show = at => {
    const x = scale.xOf(Math.max(0, at));
    label.hidden = false;
    label.textContent = `${Math.round(at * 100) / 100} s`;
    label.style.transform = `translateX(${x}px) translateX(-50%)`;
    snap.hidden = false;
    snap.style.transform = `translateX(${x}px)`;
  };
}

/** What a drag by some seconds makes of a sound, and which second of the film that is `at`.
 * @typedef {{was: SoundClip, span: import('../store/heard.js').Span, by: number,
 *   attract: (time: number) => number, rest: number | null}} Dragged
 * @type {(what: string, dragged: Dragged) => Partial<SoundClip> & {at: number}} */
export function changed(what, {was, span, by, attract, rest}) {
  const {start, end} = span;
  if (what === 'in') {
    const first = Math.max(was.anchor ? -Infinity : 0, start - was.offset_s);
    const at = Math.min(end - LEAST_S, Math.max(first, attract(start + by))), late = at - start;
    return {
      at, start_s: round(was.start_s + late), offset_s: round(Math.max(0, was.offset_s + late)),
      ...(was.duration_s === null ? {} : {duration_s: round(was.duration_s - late)}),
      envelope: was.envelope.filter(point => point.at_s >= late)
        .map(point => ({...point, at_s: round(point.at_s - late)})),
    };
  }
  if (what === 'out') {
    const last = was.loop || rest === null ? Infinity : start + rest;
    const at = Math.min(last, Math.max(start + LEAST_S, attract(end + by)));
    return {at, duration_s: at > last - 0.01 ? null : round(at - start)};
  }
  const most = Math.min(MOST_FADE_S, end - start);
  if (what === 'fade-in') {
    const fade = Math.min(most, Math.max(0, was.fade_in_s + by));
    return {at: start + fade, fade_in_s: round(fade)};
  }
  if (what === 'fade-out') {
    const fade = Math.min(most, Math.max(0, was.fade_out_s - by));
    return {at: end - fade, fade_out_s: round(fade)};
  }
  // Either of its ends may be what snaps.
  const there = attract(start + by), other = attract(end + by) - (end - start);
  const near = there !== start + by ? there : other;
  const at = was.anchor ? near : Math.max(0, near);
  return {at, start_s: round(was.start_s + at - start)};
}

/** @param {number} s */
const round = s => Math.round(s * 1000) / 1000;
