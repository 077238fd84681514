/* What the frame will show of a shot's picture: filled, whole on black, or on its own blur, in the
   story's shape. A filled one can be moved in the frame, by dragging and by the arrow keys. */
import {attr, h, put} from '../kit/dom.js';
import {shotName} from '../kit/words.js';
import {lineOf} from '../store/captions.js';
import {focusOf} from '../store/crops.js';
import {state} from '../store/store.js';

const STEP = 0.05;
/** @param {number} value */
const within = value => Math.min(1, Math.max(0, value));
/** @param {number} value */
const percent = value => Math.round(value * 100);

/** `focused` is told of the new focus, null for the automatic one, `dropped` of files let go over it.
 * @param {{focused: (focus: number[] | null) => void, dropped: (files: File[]) => void}} told */
export function framePreview({focused, dropped}) {
  const ground = h('img', {class: 'sb-crop-ground', alt: '', draggable: 'false'});
  const picture = h('img', {class: 'sb-crop-picture', alt: '', draggable: 'false'});
  const words = h('img', {class: 'sb-crop-words', alt: '', draggable: 'false'});
  const grip = h('div', {class: 'sb-crop-grip', role: 'slider', tabindex: '0'}, h('span', {}, 'Drag to move'));
  const auto = h('button', {
    type: 'button', class: 'sb-crop-auto', title: 'Keep the subject in sight', onclick: () => focused(null),
  }, 'Auto');
  const box = h('div', {class: 'sb-crop'}, ground, picture, words, grip, auto);
  const element = h('div', {class: 'sb-crop-place'}, box);
  let focus = [0.5, 0.5], chosen = false;
  /** @type {{x: number, y: number, focus: number[], spare: number[]} | null} */
  let drag = null;

  /* How much larger than the frame the picture is, across and down, in pixels. */
  function spare() {
    const {clientWidth: width, clientHeight: height} = box;
    if (!picture.naturalWidth) return [0, 0];
    const scale = Math.max(width / picture.naturalWidth, height / picture.naturalHeight);
    return [picture.naturalWidth * scale - width, picture.naturalHeight * scale - height];
  }

  function show() {
    picture.style.objectPosition = `${focus[0] * 100}% ${focus[1] * 100}%`;
    const [across, down] = spare();
    const axis = across >= down ? 0 : 1;
    const movable = Math.max(across, down) > 1;
    put(grip, 'hidden', !movable || picture.hidden || box.dataset.fit !== 'cover');
    put(auto, 'hidden', grip.hidden || !chosen);
    attr(grip, 'aria-label', 'Part of the picture that is seen');
    attr(grip, 'aria-orientation', axis ? 'vertical' : 'horizontal');
    attr(grip, 'aria-valuenow', percent(focus[axis]));
    attr(grip, 'aria-valuetext', `${percent(focus[axis])} % from the ${axis ? 'top' : 'left'}`);
    grip.dataset.axis = axis ? 'y' : 'x';
  }

  /** @param {number[]} to */
  function move(to) {
    focus = to.map(within);
    show();
  }
  // As fine as can be seen, so that a click without a drag changes nothing.
  const commit = () => focused(focus.map(value => Math.round(value * 1000) / 1000));

  grip.addEventListener('pointerdown', event => {
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    drag = {x: event.clientX, y: event.clientY, focus, spare: spare()};
  });
  grip.addEventListener('pointermove', event => {
    if (!drag) return;
    const gone = [event.clientX - drag.x, event.clientY - drag.y];
    move(drag.focus.map((value, i) => (
      drag.spare[i] > 1 ? value - gone[i] / drag.spare[i] : value)));
  });
  /** @param {PointerEvent} event */
  const end = event => {
    if (!drag) return;
    const moved = drag.focus !== focus;
    if (event.type === 'pointercancel') move(drag.focus);
    else if (moved) commit();
    drag = null;
  };
  grip.addEventListener('pointerup', end);
  grip.addEventListener('pointercancel', end);
  grip.addEventListener('keydown', event => {
    const [x, y] = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    }[event.key] || [];
    if (x === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const free = spare().map(pixels => pixels > 1);
    move([focus[0] + x * STEP * Number(free[0]), focus[1] + y * STEP * Number(free[1])]);
    commit();
  });
  picture.addEventListener('load', show);
  new ResizeObserver(show).observe(box);

  for (const type of /** @type {const} */ (['dragenter', 'dragover'])) {
    element.addEventListener(type, event => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      element.classList.add('sb-dropping');
    });
  }
  element.addEventListener('dragleave', event => {
    if (!element.contains(/** @type {Node} */ (event.relatedTarget))) element.classList.remove('sb-dropping');
  });
  element.addEventListener('drop', event => {
    element.classList.remove('sb-dropping');
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    dropped([...event.dataTransfer.files]);
  });

  return {
    element,
    update(/** @type {Shot} */ shot) {
      const {width, height, fit} = state.story.settings;
      box.style.setProperty('--sb-shape', String(width / height));
      box.style.background = shot.colour || '';
      attr(box, 'data-fit', shot.fit || fit);
      for (const image of [ground, picture]) {
        if (image.getAttribute('src') !== (shot.picture || null)) attr(image, 'src', shot.picture);
        put(image, 'hidden', !shot.picture);
      }
      put(ground, 'hidden', !shot.picture || box.dataset.fit !== 'blur');
      attr(picture, 'alt', shotName(shot));
      const {text, lettering} = shot.captions[lineOf(shot)] || {};
      attr(words, 'src', lettering);
      attr(words, 'alt', text || '');
      put(words, 'hidden', !lettering);
      chosen = Boolean(shot.focus);
      if (!drag) focus = focusOf(shot);
      show();
    },
  };
}
