/* Shots are put elsewhere by dragging: anywhere on a card with the mouse, by its grip with a
   finger, since a swipe over the cards scrolls. */
import {h} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import {select, set, shotOf, state} from '../store/store.js';
import {dropPlace} from './order.js';
import {scale} from './scale.js';

/** What is dragged: shots, their picture under the pointer, and before which shot they would go.
 * @typedef {{ids: string[], ghost: HTMLElement, dx: number, dy: number, before: string | null}} Drag */

/** @param {Line} line */
export function dragging(line) {
  const {element, strip} = line;
  const FAR = 5;  // pixels from which a press is a drag

  strip.addEventListener('pointerdown', event => {
    const target = /** @type {Element} */ (event.target);
    const id = line.name(target), grip = target.closest('.sb-grip');
    const free = event.pointerType === 'mouse' && target.closest('.sb-card');
    if (event.button || event.ctrlKey || event.shiftKey || !(grip || free)) return;
    if (grip) event.preventDefault();
    watch(event, id);
  });

  /** @type {(down: PointerEvent, id: string) => void} */
  const watch = (down, id) => {
    const over = new AbortController(), {signal} = over;
    let at = down;
    /** @type {Drag | null} */
    let drag = null;
    /** @param {PointerEvent} event */
    const mine = event => event.pointerId === down.pointerId;
    window.addEventListener('pointermove', event => {
      if (!mine(event)) return;
      at = event;
      if (!drag && Math.hypot(at.clientX - down.clientX, at.clientY - down.clientY) > FAR) {
        drag = lift(down, id);
        if (drag) requestAnimationFrame(scroll);
        else end();
      }
      if (drag) hover();
    }, {signal});
    window.addEventListener('pointerup', event => mine(event) && end(true), {signal});
    window.addEventListener('pointercancel', event => mine(event) && end(), {signal});
    onEscape(() => end(), {signal, when: () => drag});

    function hover() {
      const gap = line.gap(line.x(at.clientX));
      drag.before = gap.before;
      const [x, y] = [at.clientX - drag.dx, at.clientY - drag.dy];
      drag.ghost.style.transform = `translate(${x}px, ${y}px)`;
      line.mark(gap.x);
    }

    function scroll() {
      if (signal.aborted) return;
      line.nudge(at.clientX);
      hover();
      requestAnimationFrame(scroll);
    }

    function end(drop = false) {
      over.abort();
      if (!drag) return;
      put(drag, drop);
    }
  };

  /** @type {(down: PointerEvent, id: string) => Drag | null} */
  const lift = (down, id) => {
    if (!shotOf(id)) return null;
    if (!state.picked.includes(id)) select({kind: 'shot', id});
    const ids = line.picked(), node = line.node(id), {left, top} = node.getBoundingClientRect();
    const width = Math.min(220, scale.of(id).width);
    const ghost = h('div', {class: 'sb-ghost', 'data-count': ids.length > 1 ? ids.length : null},
      node.firstChild.cloneNode(true));
    ghost.style.width = `${width}px`;
    ghost.inert = true;
    element.append(ghost);
    for (const one of ids) line.lifted.add(one);
    set({});
    element.classList.add('sb-dragging');
    // From here on the pointer is ours wherever it goes, and its release no click on a card.
    strip.setPointerCapture(down.pointerId);
    const dx = Math.min(down.clientX - left, width - 12);
    return {ids, ghost, dx, dy: down.clientY - top, before: null};
  };

  /** @type {(drag: Drag, drop: boolean) => void} */
  const put = ({ids, ghost, before}, drop) => {
    ghost.remove();
    line.mark(null);
    element.classList.remove('sb-dragging');
    line.lifted.clear();
    set({});
    if (!drop) return line.say('Not moved');
    const place = dropPlace(state.story.shots.map(shot => shot.id), ids, before);
    if (place) line.move(place.moving, place.before);
  };
}
