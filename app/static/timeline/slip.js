/* With Alt held a drag on the card of a video slips it: what is seen moves along the file, under a
   fixed length. */
import {h} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import {seen} from '../store/footage.js';
import {send, shotOf, state} from '../store/store.js';
import {scale} from './scale.js';

/** @param {Line} line */
export function slipping(line) {
  const {element, lane, strip} = line;
  const label = h('div', {class: 'sb-length', hidden: true});
  lane.append(label);

  strip.addEventListener('pointerdown', event => {
    const target = /** @type {Element} */ (event.target), id = line.name(target);
    const shot = id && shotOf(id);
    if (!event.altKey || event.button || !target.closest('.sb-card') || !shot || !shot.footage) return;
    event.preventDefault();
    event.stopImmediatePropagation();  // it is not moved to another place
    const {footage} = shot, {in_s, out_s} = seen(shot), {fps} = state.story.settings;
    const over = new AbortController(), {signal} = over;
    let by = 0;
    strip.setPointerCapture(event.pointerId);
    element.classList.add('sb-slipping');

    strip.addEventListener('pointermove', move => {
      const wanted = (event.clientX - move.clientX) / scale.zoom * footage.speed;
      by = Math.round(Math.min(footage.file_s - out_s, Math.max(-in_s, wanted)) * fps) / fps;
      const {x, width} = scale.of(id);
      label.hidden = false;
      label.textContent = `${(in_s + by).toFixed(2)} – ${(out_s + by).toFixed(2)} s of `
        + `${footage.file_s.toFixed(2)} s`;
      label.style.transform = `translateX(${x + width / 2}px) translateX(-50%)`;
    }, {signal});
    strip.addEventListener('lostpointercapture', () => end(true), {signal});
    onEscape(() => end(false), {signal});

    /** @param {boolean} keep */
    function end(keep) {
      over.abort();
      element.classList.remove('sb-slipping');
      label.hidden = true;
      if (!keep || !by || !shotOf(id)) return;
      send('slip', {id, by_s: by});
      line.say(`Shot ${state.story.shots.indexOf(shotOf(id)) + 1} begins at `
        + `${(in_s + by).toFixed(2)} s of its file`);
    }
  });
}
