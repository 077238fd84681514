/* What dialogs and lists share. The browser keeps the focus inside an open dialog, and gives it back
   where it was. */
(() => {
  const {h, button} = storyboard;

  /* The dialog of a zone, with its close button; a press beside it closes it, too. */
  function dialog(element, {opened = () => {}} = {}) {
    const box = element.querySelector('dialog');
    box.querySelector('.sb-dialog-close').append(
      button('Close', {image: 'close', text: false, kind: 'quiet', action: () => box.close()}));
    box.addEventListener('pointerdown', event => event.target === box && box.close());
    const open = () => {
      if (box.open) return;
      box.showModal();
      opened();
    };
    return {box, open, close: () => box.close()};
  }

  /* Draw `items` into `parent` in order. A node stays as long as its item does, and so does the
     focus in it; `make` gives {root, update}. */
  function keyed(parent, items, key, make) {
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

  /* A button that asks back in its own place before it acts. */
  function confirmed(label, question, {act, ...rest}) {
    const ask = button(label, {...rest, action: () => turn(true)});
    const yes = button(question, {kind: 'danger', action: () => { turn(false); act(); }});
    const no = button('No', {kind: 'quiet', action: () => turn(false)});
    const sure = h('span', {class: 'sb-sure', role: 'group', hidden: true}, yes, no);
    function turn(asking) {
      ask.hidden = asking;
      sure.hidden = !asking;
      (asking ? no : ask).focus();
    }
    sure.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      turn(false);
    });
    return h('span', {class: 'sb-confirmed'}, ask, sure);
  }

  Object.assign(storyboard, {dialog, keyed, confirmed});
})();
