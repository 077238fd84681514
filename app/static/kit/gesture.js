/* One gesture: a drag by a pointer, or by two fingers that go apart. */

/** `begin` may refuse with false. `move` gets how far it has gone since then, pixels, and how many
    times further the fingers are apart. `end` is told whether it was broken off.
 * @param {HTMLElement} element
 * @param {{begin: (event: PointerEvent) => boolean | void,
 *   move: (by: {x: number, y: number, scale: number}) => void,
 *   end: (cancelled: boolean) => void}} does */
export function gesture(element, {begin, move, end}) {
  /** @type {Map<number, [number, number]>} */
  const fingers = new Map();
  let done = {x: 0, y: 0, scale: 1}, from = [0, 0], apart = 0;

  const middle = () => [0, 1].map(i => (
    [...fingers.values()].reduce((sum, point) => sum + point[i], 0) / fingers.size));
  const width = () => {
    const [a, b] = [...fingers.values()];
    return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  };
  const now = () => {
    const [x, y] = middle();
    return {
      x: done.x + x - from[0], y: done.y + y - from[1],
      scale: done.scale * (apart ? width() / apart : 1),
    };
  };
  /* A finger comes or goes: what is done so far stays. */
  function count() {
    [from, apart] = [middle(), width()];
  }

  element.addEventListener('pointerdown', event => {
    if (event.button || (!fingers.size && begin(event) === false)) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus();
    element.setPointerCapture(event.pointerId);
    done = fingers.size ? now() : {x: 0, y: 0, scale: 1};
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    count();
  });
  element.addEventListener('pointermove', event => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    move(now());
  });
  /** @param {PointerEvent} event */
  function leave(event) {
    if (!fingers.has(event.pointerId)) return;
    done = now();
    fingers.delete(event.pointerId);
    if (fingers.size) count();
    else end(event.type === 'pointercancel');
  }
  for (const type of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture'])) {
    element.addEventListener(type, leave);
  }
}
