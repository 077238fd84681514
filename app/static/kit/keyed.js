/* Lists whose nodes stay as long as their items do. */

/* Draw `items` into `parent` in order. A node stays as long as its item does, and so does the
   focus in it; `make` gives {root, update}. */
export function keyed(parent, items, key, make) {
  const known = parent.sbNodes || (parent.sbNodes = new Map());
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
