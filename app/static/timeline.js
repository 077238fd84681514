/* The strip of shots with a chip for the transition between every two, all in order. This part also
   holds the line to the server: it sends the commands and takes in the story. */
storyboard.timeline = (element, {props, watch, upload, send: transmit}) => {
  const {state, send, select, h, icon, button, refuse, put, attr, seconds, fields} = storyboard;
  const strip = element.querySelector('.sb-strip');
  const sum = element.querySelector('.sb-sum');
  const actions = element.querySelector('.sb-actions');
  const nodes = new Map();
  const CHIPS = {
    ready: ['check', 'rendered'], draft: ['wave', 'draft'], stale: ['wave', 'to render'],
    queued: ['clock', 'waiting'], rendering: ['wave', ''], failed: ['alert', 'failed'],
    cut: ['cut', 'cut'],
  };

  state.catalogue = props.catalogue;
  storyboard.upload = upload;

  const selectedShot = () => (state.selected && state.selected.kind === 'shot'
    ? storyboard.shot(state.selected.id) : null);
  const index = id => state.story.shots.findIndex(shot => shot.id === id);
  const after = id => (state.story.shots[index(id) + 1] || {}).id || null;

  function add(files) {
    const before = selectedShot() ? after(state.selected.id) : null;
    storyboard.uploadAll(files, done => send('add_media', {files: done, before}));
  }
  storyboard.addFiles = add;
  const adder = fields.files('Add images or videos', {
    image: 'image', accept: props.catalogue.media, multiple: true, chosen: add,
  });
  const tools = {
    card: button('Title card', {image: 'title', kind: 'quiet', action: () => {
      send('add_card', {before: selectedShot() ? after(state.selected.id) : null});
    }}),
    left: tool('Move left', 'left', shot => {
      send('move', {ids: [shot.id], before: state.story.shots[index(shot.id) - 1].id});
    }),
    right: tool('Move right', 'right', shot => {
      send('move', {ids: [shot.id], before: after(after(shot.id))});
    }),
    duplicate: tool('Duplicate', 'copy', shot => send('duplicate', {id: shot.id})),
    split: tool('Split in half', 'split', shot => {
      send('split', {id: shot.id, at_s: shot.duration_s / 2});
    }),
    remove: tool('Remove', 'trash', shot => send('remove', {ids: [shot.id]})),
  };
  actions.append(adder, ...Object.values(tools));

  function tool(label, image, act) {
    return button(label, {image, text: false, kind: 'quiet', action: () => act(selectedShot())});
  }

  function drawTools() {
    const shot = selectedShot();
    const none = shot ? '' : 'Select a shot first';
    const frames = shot ? Math.round(shot.duration_s * state.story.settings.fps) : 0;
    refuse(tools.left, none || (index(shot.id) ? '' : 'It is the first shot'));
    refuse(tools.right, none || (after(shot.id) ? '' : 'It is the last shot'));
    refuse(tools.duplicate, none);
    refuse(tools.split, none || (frames > 1 ? '' : 'One frame cannot be split'));
    refuse(tools.remove, none);
    const {shots, total_s: total} = state.story;
    const busy = state.uploading ? ` · uploading ${state.uploading}` : '';
    put(sum, 'textContent', shots.length
      ? `${shots.length} ${shots.length === 1 ? 'shot' : 'shots'} · ${seconds(total)}${busy}`
      : `No shots yet${busy}`);
  }

  function makeShot(id) {
    const face = h('span', {class: 'sb-face'},
      h('img', {alt: '', loading: 'lazy', draggable: 'false'}), h('span', {class: 'sb-time'}));
    const card = h('button', {
      type: 'button', class: 'sb-card', onclick: () => select({kind: 'shot', id}),
    }, face, h('b'), h('span', {class: 'sb-words'}));
    return h('li', {class: 'sb-shot'}, card);
  }

  function drawShot(node, shot, n) {
    const card = node.firstChild, [face, title, words] = card.children;
    const [image, time] = face.children;
    const {state: standing, percent, reason} = storyboard.standing(shot.id);
    const name = storyboard.name(shot);
    // As wide as it is long, within what can be read and what can be overlooked.
    node.style.setProperty('--sb-width', `${Math.min(420, Math.max(148, 58 * shot.duration_s))}px`);
    attr(image, 'src', shot.thumb);
    put(image, 'hidden', !shot.thumb);
    face.style.background = shot.colour || '';
    put(face, 'title', shot.missing || '');
    attr(face, 'data-words', shot.kind === 'card' && shot.caption ? shot.caption.text : null);
    put(title, 'textContent', `${n} ${name}`);
    put(time, 'textContent', seconds(shot.duration_s));
    put(words, 'textContent', shot.missing || shot.prompt || '—');
    attr(card, 'data-state', standing);
    attr(card, 'aria-current', isSelected('shot', shot.id) ? 'true' : null);
    const status = standing === 'rendering' ? `rendering ${percent} %` : CHIPS[standing][1];
    attr(card, 'aria-label', `Shot ${n}, ${name}, ${seconds(shot.duration_s)}, ${status}`);
    put(card, 'title', reason || '');
    face.style.setProperty('--sb-done', standing === 'rendering' ? `${percent}%` : '0%');
  }

  function makeEdge(owner) {
    return h('li', {class: 'sb-edge'}, h('button', {
      type: 'button', class: 'sb-link', onclick: () => select({kind: 'edge', owner}),
    }, h('span', {class: 'sb-diamond'}, h('span', {class: 'sb-mark'})),
    h('span', {class: 'sb-status'}), h('span', {class: 'sb-time'})));
  }

  function drawEdge(node, edge, n) {
    const link = node.firstChild, mark = link.querySelector('.sb-mark');
    const {state: standing, percent, reason} = storyboard.standing(edge.owner);
    const [image, text] = CHIPS[standing];
    const sign = standing === 'rendering' ? String(percent) : image;
    if (mark.dataset.sign !== sign) {
      mark.dataset.sign = sign;
      mark.replaceChildren(standing === 'rendering' ? sign : icon(image));
    }
    const status = text || `rendering ${percent} %`;
    put(link.children[1], 'textContent', text || 'rendering');
    put(link.children[2], 'textContent', standing === 'cut' ? '' : seconds(edge.duration_s));
    attr(link, 'data-state', standing);
    attr(link, 'aria-current', isSelected('edge', edge.owner) ? 'true' : null);
    const what = standing === 'cut' ? 'Cut' : `Transition, ${seconds(edge.duration_s)}`;
    attr(link, 'aria-label', `${what}, from shot ${n} to shot ${n + 1}, ${status}`);
    put(link, 'title', reason || `${what.split(',')[0]} ${n} → ${n + 1}: ${status}`);
  }

  const isSelected = (kind, name) => Boolean(state.selected && state.selected.kind === kind
    && storyboard.owner(state.selected) === name && state.panel !== 'story');

  const tile = h('li', {class: 'sb-tile'}, fields.files('Add images or videos', {
    image: 'add', accept: props.catalogue.media, multiple: true, chosen: add, kind: 'tile',
  }));

  function drawStrip() {
    const {shots, edges} = state.story;
    const wanted = [];
    shots.forEach((shot, i) => {
      if (i) wanted.push([edges[i - 1].owner, makeEdge, drawEdge, edges[i - 1], i]);
      wanted.push([shot.id, makeShot, drawShot, shot, i + 1]);
    });
    const focused = document.activeElement;
    const present = new Set(wanted.map(([name]) => name));
    for (const [name, node] of nodes) {
      if (!present.has(name)) {
        node.remove();
        nodes.delete(name);
      }
    }
    wanted.forEach(([name, make, drawNode, item, n], i) => {
      let node = nodes.get(name);
      if (!node) nodes.set(name, node = make(name));
      if (strip.children[i] !== node) strip.insertBefore(node, strip.children[i] || null);
      drawNode(node, item, n);
    });
    if (strip.lastChild !== tile) strip.append(tile);
    // Moving a node takes its focus away.
    if (focused && strip.contains(focused) && document.activeElement !== focused) focused.focus();
    drawStops();
    scrollToSelected();
  }

  /* One tab stop for the whole strip; the arrow keys go along it. */
  const stops = () => [...strip.querySelectorAll('.sb-card, .sb-link')];
  function drawStops() {
    const all = stops();
    const here = all.find(stop => stop === document.activeElement)
      || all.find(stop => stop.getAttribute('aria-current')) || all[0];
    for (const stop of all) put(stop, 'tabIndex', stop === here ? 0 : -1);
  }
  strip.addEventListener('keydown', event => {
    const all = stops(), at = all.indexOf(event.target.closest('.sb-card, .sb-link'));
    if (at < 0) return;
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1}[event.key];
    if (to !== undefined && all[to]) {
      event.preventDefault();
      all[to].focus();
      all[to].click();
    }
    if (event.key === 'Delete' && selectedShot()) send('remove', {ids: [selectedShot().id]});
  });

  let scrolledTo = '';
  function scrollToSelected() {
    const name = state.selected ? storyboard.owner(state.selected) : '';
    if (name === scrolledTo || !nodes.has(name)) return;
    scrolledTo = name;
    const node = nodes.get(name);
    const from = node.offsetLeft - strip.offsetLeft - 24, to = from + node.offsetWidth + 48;
    if (from < strip.scrollLeft) strip.scrollTo({left: from, behavior: 'smooth'});
    else if (to > strip.scrollLeft + strip.clientWidth) {
      strip.scrollTo({left: to - strip.clientWidth, behavior: 'smooth'});
    }
  }

  // Files may be dropped anywhere on the timeline.
  for (const type of ['dragenter', 'dragover']) {
    element.addEventListener(type, event => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      element.classList.add('sb-dropping');
    });
  }
  element.addEventListener('dragleave', event => {
    if (!element.contains(event.relatedTarget)) element.classList.remove('sb-dropping');
  });
  element.addEventListener('drop', event => {
    element.classList.remove('sb-dropping');
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });

  storyboard.onDraw(() => {
    drawTools();
    drawStrip();
  });
  storyboard.connect(transmit);
  watch('value', () => storyboard.accept(props.value));
  storyboard.accept(props.value);
};
