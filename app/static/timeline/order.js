/* Where shots go: all of it is order, none of it is drawn. */

/** Where the moving shots go with one step to the left (-1) or right (1): before which shot, null for
    last, undefined where they cannot go further. What is apart comes together first.
 * @param {string[]} order
 * @param {string[]} moving in the story's order
 * @param {number} by
 * @returns {string | null | undefined} */
export function stepPlace(order, moving, by) {
  const at = order.indexOf(by < 0 ? moving[0] : moving[moving.length - 1]);
  const staying = order.filter(id => !moving.includes(id));
  const together = order.indexOf(moving[moving.length - 1]) - order.indexOf(moving[0]);
  if (!moving.length || (together < moving.length && !order[at + by])) return undefined;
  const next = order.slice(0, Math.max(0, at + by)).filter(id => staying.includes(id)).length;
  return staying[by < 0 ? next : next + 1] || null;
}

/** What a drop before the shot `before` (null: at the end) moves, and before which shot that stays;
    null where all stay as they are. Shots that were removed during the drag are left out.
 * @param {string[]} order
 * @param {string[]} dragged in the story's order
 * @param {string | null} before
 * @returns {{moving: string[], before: string | null} | null} */
export function dropPlace(order, dragged, before) {
  const moving = dragged.filter(id => order.includes(id));
  let next = before;
  while (moving.includes(next)) next = order[order.indexOf(next) + 1] || null;
  const after = order.filter(id => !moving.includes(id));
  after.splice(next ? after.indexOf(next) : after.length, 0, ...moving);
  return after.join() === order.join() ? null : {moving, before: next};
}

/** Where something put down at `x` goes: before which shot (null: last), and there the line.
 * @param {Place[]} places
 * @param {number} x
 * @returns {{before: string | null, x: number}} */
export function gapAt(places, x) {
  const shots = places.filter(place => place.kind === 'shot');
  const n = shots.findIndex(place => x < place.x + place.width / 2);
  const [left, next] = n < 0 ? [shots.at(-1), null] : [shots[n - 1], shots[n]];
  const last = places.at(-1);
  const end = next ? next.x : last ? last.x + last.width : 0;
  return {before: next ? next.name : null, x: left ? (left.x + left.width + end) / 2 : 0};
}
