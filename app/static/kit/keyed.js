/* Lists whose nodes stay as long as their items do. */

/** @type {WeakMap<Element, Map<string, {root: HTMLElement, update: (item: any) => void}>>} */
const drawn = new WeakMap();

/** Draw `items` into `parent` in order. A node stays as long as its item does, and so does the
    focus in it.
 * @template Item
 * @param {Element} parent
 * @param {Item[]} items
 * @param {(item: Item) => string} key
 * @param {(item: Item) => {root: HTMLElement, update: (item: Item) => void}} make */
export function keyed(parent, items, key, make) {
  const known = drawn.get(parent) || new Map();
  drawn.set(parent, known);
  const wanted = new Set(items.map(key));
  for (const [name, node] of known) {
    if (!wanted.has(name)) {
      node.root.remove();
      known.delete(name);
    }
  }
  items.forEach((item, i) => {
    const name = key(item);
    if (!known.has(name)) known.set(name, make(item));
    const {root, update} = known.get(name);
    if (parent.children[i] !== root) parent.insertBefore(root, parent.children[i] || null);
    update(item);
  });
}
