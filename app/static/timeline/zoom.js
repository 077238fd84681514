/* How many pixels a second takes: buttons, slider, keys, the wheel, and two fingers. What is under the
   pointer stays there; without one the playhead where it is in sight, and else the middle. */
import {attr, button, h, put} from '../kit/dom.js';
import {shortcut} from '../kit/shortcuts.js';
import {player} from '../stage/player.js';
import {set, state} from '../store/store.js';
import {scale} from './scale.js';

/** @type {(line: Line, box: HTMLElement) => () => void} */
export const zoom = (line, box) => {
  const {scroller, lane, strip, view} = line;
  const STEP = 1.3;
  const USUAL = 6;  // pixels a second: a short story is made no smaller

  /** @param {number} at pixels from the left of what is in sight */
  const timeAt = at => scale.timeAt(scroller.scrollLeft + at - lane.offsetLeft);
  function resting() {
    const head = scale.xOf(player.time);
    const at = head + lane.offsetLeft - scroller.scrollLeft;
    return at >= 0 && at <= view.width ? at : view.width / 2;
  }
  /* All is moved before anything is drawn: drawn first and moved then, the playhead would jump. */
  /** @type {(value: number, at?: number, time?: number) => void} */
  const zoomTo = (value, at = resting(), time = timeAt(at)) => {
    scale.setZoom(Math.max(least(), value));
    strip.style.width = `${scale.width + view.width}px`;
    scroller.scrollLeft = scale.xOf(time) + lane.offsetLeft - at;
    view.left = scroller.scrollLeft;
    set({});
  };
  const whole = () => scale.fitting(view.width - 2 * lane.offsetLeft);
  /* As small as shows the whole story. */
  const least = () => Math.min(USUAL, whole());
  const larger = () => zoomTo(scale.zoom * STEP);
  const smaller = () => zoomTo(scale.zoom / STEP);
  const fit = () => zoomTo(whole(), lane.offsetLeft, 0);

  // Every step of the slider is the same factor.
  const {max} = scale.ZOOM, span = () => Math.log(max / least());
  const slider = h('input', {
    type: 'range', min: 0, max: 100, step: 1, 'aria-label': 'Zoom',
    oninput: () => zoomTo(least() * Math.exp(span() * slider.valueAsNumber / 100)),
  });
  /** @type {(label: string, image: string, action: () => void, keys: string)
   *   => HTMLButtonElement} */
  const sign = (label, image, action, keys) => (
    button(label, {image, text: false, kind: 'quiet', action, keys}));
  box.append(sign('Zoom out', 'minus', smaller, '-'), slider, sign('Zoom in', 'add', larger, '+'),
    sign('Fit the story', 'fit', fit, '0'));
  shortcut(['+', '='], {label: 'Zoom in', group: 'Timeline', act: larger});
  shortcut('-', {label: 'Zoom out', group: 'Timeline', act: smaller});
  shortcut('0', {label: 'Show the whole story', group: 'Timeline', act: fit});

  /** The time under a resting pointer, also where a short strip cannot be scrolled to it at first.
      @type {number | null} */
  let held = null;
  scroller.addEventListener('pointermove', () => { held = null; });
  /** Where there are more lanes than fit, the wheel goes through them.
   * @param {WheelEvent} event */
  const overLanes = event => scroller.scrollHeight > scroller.clientHeight + 1
    && Boolean(/** @type {Element} */ (event.target).closest('.sb-lanes'));
  scroller.addEventListener('wheel', event => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const at = event.clientX - scroller.getBoundingClientRect().left;
      held = held ?? timeAt(at);
      zoomTo(scale.zoom * Math.exp(-event.deltaY / 300), at, held);
    } else if (!event.shiftKey && !overLanes(event) && Math.abs(event.deltaY) > Math.abs(event.deltaX)
      && scroller.scrollWidth > scroller.clientWidth && matchMedia('(hover: hover)').matches) {
      event.preventDefault();
      held = null;
      scroller.scrollLeft += event.deltaY;
    }
  }, {passive: false});

  /* Two fingers: what was under their middle stays there, and goes along with it. */
  /** @type {{apart: number, zoom: number, time: number} | null} */
  let pinch = null;
  /** @param {TouchList} touches */
  const fingers = ([a, b]) => ({
    apart: Math.max(24, Math.abs(a.clientX - b.clientX)),
    at: (a.clientX + b.clientX) / 2 - scroller.getBoundingClientRect().left,
  });
  scroller.addEventListener('touchstart', ({touches}) => {
    pinch = null;
    if (touches.length !== 2) return;
    const {apart, at} = fingers(touches);
    pinch = {apart, zoom: scale.zoom, time: timeAt(at)};
  }, {passive: true});
  scroller.addEventListener('touchmove', event => {
    if (!pinch || event.touches.length !== 2) return;
    event.preventDefault();
    const {apart, at} = fingers(event.touches);
    zoomTo(pinch.zoom * apart / pinch.apart, at, pinch.time);
  }, {passive: false});
  scroller.addEventListener('touchend', () => { pinch = null; });

  return () => {
    put(box, 'hidden', !state.story.shots.length);
    if (!scale.zoom) return;
    put(slider, 'value', String(Math.round(100 * Math.log(scale.zoom / least()) / span())));
    attr(slider, 'aria-valuetext', `${Number(scale.zoom.toPrecision(2))} pixels a second`);
  };
};
