/* The line of time above the strip, and the playhead over both. */
import {attr, h, put} from '../kit/dom.js';
import {seconds} from '../kit/words.js';
import {onTime, player} from '../stage/player.js';
import {markerTimes} from '../store/markers.js';
import {state} from '../store/store.js';
import {scale} from './scale.js';

/** @param {Line} line */
export function ruler(line) {
  const {element, lane, view} = line;
  /** @type {HTMLElement} */
  const ruler = element.querySelector('.sb-ruler');
  const head = element.querySelector('.sb-head');
  const snap = element.querySelector('.sb-snap');
  const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const LABEL = 72, NEAR = 7;  // pixels: between two labels at least, and where a place attracts
  /** @type {HTMLElement[]} */
  const ticks = [];
  let time = 0;

  /** @type {(t: number, step: number) => string} */
  const clock = (t, step) => {
    const tenths = Math.round(t * 10), whole = Math.floor(tenths / 10);
    const text = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
    return step < 1 ? `${text}.${tenths % 10}` : text;
  };

  /* Only the ticks in sight are there; the same few nodes are used again and again. */
  function drawTicks() {
    const {line: all} = scale, {total} = all;
    const step = STEPS.find(s => s * scale.zoom >= LABEL) || STEPS[STEPS.length - 1];
    const part = step / 5;
    const first = Math.max(0, Math.floor(scale.timeAt(view.left - 200) / part));
    const last = total ? Math.ceil(scale.timeAt(view.left + view.width + 100) / part) : -1;
    let used = 0, labelled = -Infinity;
    for (let k = first; k <= last && k * part <= total + 1e-6; k++) {
      const x = scale.xOf(k * part, all), large = k % 5 === 0 && x - labelled >= LABEL / 2;
      if (large) labelled = x;
      const tick = ticks[used] || (ticks[used] = ruler.appendChild(h('span')));
      used += 1;
      put(tick, 'className', large ? 'sb-tick large' : 'sb-tick');
      put(tick, 'textContent', large ? clock(k * part, step) : '');
      attr(tick, 'style', `transform: translateX(${Math.round(x * 100) / 100}px)`);
      attr(tick, 'data-time', Math.round(k * part * 1000) / 1000);
    }
    for (const tick of ticks.splice(used)) tick.remove();
  }

  function drawHead() {
    const {shots, settings} = state.story;
    const frame = Math.min(time, scale.total);
    put(head, 'hidden', !shots.length);
    attr(head, 'style', `transform: translateX(${Math.round(scale.xOf(frame) * 100) / 100}px)`);
    attr(ruler, 'aria-valuemax', Math.round(scale.total * 100) / 100);
    attr(ruler, 'aria-valuenow', Math.round(frame * 100) / 100);
    attr(ruler, 'aria-valuetext', `${seconds(frame)}, frame ${Math.round(frame * settings.fps)}`);
  }

  /** The time at `x`, on a frame, and at the beginning of a part or at a marker where that is near
      unless `free`.
   * @type {(x: number, free: boolean) => number} */
  const snapped = (x, free) => {
    const {fps} = state.story.settings;
    const parts = scale.between(x - NEAR, x + NEAR).places.filter(p => p.end > p.start);
    const near = free ? undefined : [...parts.map(p => p.start), ...markerTimes()]
      .filter(t => Math.abs(scale.xOf(t) - x) < NEAR)
      .sort((a, b) => Math.abs(scale.xOf(a) - x) - Math.abs(scale.xOf(b) - x))[0];
    put(snap, 'hidden', near === undefined);
    if (near !== undefined) attr(snap, 'style', `transform: translateX(${scale.xOf(near)}px)`);
    return near ?? Math.round(scale.timeAt(x) * fps) / fps;
  };

  /** @param {number} t */
  const seek = t => player.seek(Math.min(scale.total, Math.max(0, t)));

  ruler.addEventListener('pointerdown', event => {
    if (event.button) return;
    event.preventDefault();
    ruler.focus({preventScroll: true});
    ruler.setPointerCapture(event.pointerId);
    player.pause();
    seek(snapped(line.x(event.clientX), event.altKey));
  });
  ruler.addEventListener('pointermove', event => {
    if (!ruler.hasPointerCapture(event.pointerId)) return;
    line.nudge(event.clientX);
    seek(snapped(line.x(event.clientX), event.altKey));
  });
  ruler.addEventListener('lostpointercapture', () => put(snap, 'hidden', true));

  ruler.addEventListener('keydown', event => {
    const {fps} = state.story.settings;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 1 : 1 / fps;
    /** @type {Record<string, number>} */
    const keys = {
      ArrowLeft: time - by, ArrowDown: time - by, ArrowRight: time + by, ArrowUp: time + by,
      PageUp: time - 5, PageDown: time + 5, Home: 0, End: scale.total,
    };
    const to = keys[event.key];
    if (to === undefined) return;
    event.preventDefault();
    seek(to);
  });
  ruler.addEventListener('focus', () => line.reveal(scale.xOf(time)));

  /** While it plays, the page of the strip with the playhead is in sight.
   * @param {number} now */
  function follow(now) {
    time = now;
    if (!state.story) return;
    drawHead();
    const x = scale.xOf(time) + lane.offsetLeft;
    const away = x < view.left || x > view.left + view.width - 24;
    if (away && (player.playing || document.activeElement === ruler)) {
      line.scroller.scrollLeft = x - 60;
    }
  }
  onTime(follow);

  function drawRuler() {
    drawTicks();
    drawHead();
  }
  return {drawRuler, snapped};
}
