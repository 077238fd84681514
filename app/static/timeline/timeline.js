/* The strip of shots with a ramp over every join, all in order and to scale. Only what is in sight,
   and a little beside it, is in the document, so that a story of hundreds is drawn as fast as one of ten.
   This part also holds the line to the server: it sends the commands and takes in the story. */
import {attr, put} from '../kit/dom.js';
import {folding} from '../panes/fold.js';
import {splitter} from '../panes/splitter.js';
import {accept, connect, onDraw, ownerOf, pick, state} from '../store/store.js';
import {actions} from './actions.js';
import {cards} from './cards.js';
import {clipKeys} from './clip_keys.js';
import {clipMarks} from './clip_marks.js';
import {clipboard} from './clipboard.js';
import {contextMenu} from './context_menu.js';
import {dragging} from './drag.js';
import {dropping} from './drop.js';
import {drawFilm} from './film.js';
import {findBar} from './find_bar.js';
import {hovering} from './hover.js';
import {labels} from './labels.js';
import {lanes} from './lanes.js';
import {layouts} from './layouts.js';
import {markers} from './markers.js';
import {minimap} from './minimap.js';
import {notes} from './notes.js';
import {gapAt} from './order.js';
import {ruler} from './ruler.js';
import {scale} from './scale.js';
import {choose, selecting} from './selecting.js';
import {slipping} from './slip.js';
import {tools} from './tools.js';
import {trimming} from './trim.js';
import {zoom} from './zoom.js';

/**
 * @param {HTMLElement} element
 * @param {Zone<Story>} zone */
export function mountTimeline(element, {props, value, watch, send: transmit}) {
  /** @type {(name: string) => HTMLElement} */
  const find = name => element.querySelector(name);
  const scroller = find('.sb-scroll'), lane = find('.sb-lane'), strip = find('.sb-strip');
  const insert = find('.sb-insert'), live = find('.sb-live');
  const EDGE = 56;  // pixels at either end where a drag scrolls
  const BESIDE = 384, STEP = 256;  // pixels drawn beside what is in sight, and from one drawing to the next
  const TILE = 148;  // pixels of the tile at the end
  /** Of what is drawn, by name. @type {Map<string, {node: HTMLElement, drawn: string, at: string}>} */
  const nodes = new Map();

  state.catalogue = JSON.parse(props.catalogue);

  // What is in sight, known without asking the layout in every drawing.
  const view = {left: 0, width: scroller.clientWidth || 1200};
  let face = 92, window_ = -1;
  scroller.addEventListener('scroll', () => {
    view.left = scroller.scrollLeft;
    if (!state.story) return;
    drawRuler();
    drawMarkers();
    drawMap();
    if (Math.floor(view.left / STEP) !== window_) drawStrip();
  });
  new ResizeObserver(() => {
    view.width = scroller.clientWidth || view.width;
    face = parseFloat(getComputedStyle(strip).getPropertyValue('--sb-face')) || face;
    if (!state.story) return;
    drawStrip();
    drawRuler();
    drawLanes();
  }).observe(scroller);
  // What a hand or the focus is on stays, also where it is scrolled out of sight.
  let pressed = '';
  strip.addEventListener('pointerdown', event => {
    pressed = line.name(/** @type {Element} */ (event.target)) || '';
  });
  for (const type of ['pointerup', 'pointercancel']) {
    window.addEventListener(type, () => { pressed = ''; });
  }

  /** @param {string} text */
  const say = text => { live.textContent = text; };
  /** @type {Line} */
  const line = Object.assign({
    element, scroller, lane, strip, view, say, lifted: new Set(),
    x: (/** @type {number} */ clientX) => clientX - lane.getBoundingClientRect().left,
    name: (/** @type {Element} */ child) => (child.closest('li') || {dataset: {name: ''}}).dataset.name,
    node: (/** @type {string} */ name) => (nodes.get(name) || {node: undefined}).node,
    gap: (/** @type {number} */ x) => gapAt(scale.places, x),
    mark(/** @type {number | null} */ x) {
      put(insert, 'hidden', x == null);
      if (x != null) insert.style.transform = `translateX(${x}px)`;
    },
    nudge(/** @type {number} */ clientX) {
      const {left, right} = scroller.getBoundingClientRect();
      const over = Math.max(0, clientX - right + EDGE) - Math.max(0, left + EDGE - clientX);
      if (over) scroller.scrollLeft += Math.sign(over) * Math.min(24, Math.abs(over) / 3);
    },
    /** @type {Line['reveal']} */
    reveal(x, width = 0, behavior = 'smooth') {
      const from = x - 24, to = x + width + 48;
      if (from < view.left) scroller.scrollTo({left: from, behavior});
      else if (to > view.left + view.width) {
        scroller.scrollTo({left: Math.min(from, to - view.width), behavior});
      }
    },
  }, actions({say}));
  splitter(find('.sb-timeline'), 'under');
  folding(find('.sb-timeline'), find('.sb-bar'));
  const drawTools = tools(line, find('.sb-bar'));
  const drawZoom = zoom(line, find('.sb-zoom'));
  const {drawRuler, snapped} = ruler(line);
  labels(line);
  const drawMarkers = markers(line, snapped);
  const drawMap = minimap(line);
  const drawNotes = notes(line, find('.sb-notes'));
  const tile = dropping(line);
  slipping(line);
  dragging(line);
  trimming(line);
  clipMarks(line);
  clipKeys(line);
  hovering(line);
  const drawLanes = lanes(line);
  selecting(line, contextMenu(line, {clips: clipboard(line), find: findBar(line)}));

  layouts(line, choose);

  /* The places in sight, with those that a hand or the focus is on. */
  function seen() {
    window_ = Math.floor(view.left / STEP);
    const {first, places} = scale.between(
      window_ * STEP - BESIDE, window_ * STEP + STEP + view.width + BESIDE);
    const focused = strip.contains(document.activeElement) ? line.name(document.activeElement) : '';
    const wanted = new Set(places.map(place => place.name));
    const kept = [...line.lifted, pressed, focused]
      .filter(name => name && !wanted.has(name)).map(name => scale.of(name)).filter(Boolean);
    if (!kept.length) return places.map((place, i) => ({place, at: first + i}));
    const all = scale.places;
    return [...places, ...new Set(kept)].map(place => ({place, at: all.indexOf(place)}))
      .sort((a, b) => a.at - b.at);
  }

  function drawStrip() {
    const focused = document.activeElement, inside = strip.contains(focused);
    const {shots, edges} = state.story, {zoom: pixels} = scale;
    const drawn = seen(), wanted = new Set(drawn.map(({place}) => place.name));
    for (const [name, {node}] of nodes) {
      if (!wanted.has(name)) {
        node.remove();
        nodes.delete(name);
      }
    }
    let next = strip.firstChild;
    for (const {place: {name, kind, n, x, width}, at} of drawn) {
      const item = kind === 'shot' ? shots[n - 1] : kind === 'edge' ? edges[n - 1]
        : state.pending.find(file => file.key === name);
      if (!nodes.has(name)) nodes.set(name, {node: made(name, kind), drawn: '', at: ''});
      const entry = nodes.get(name), now = cards[kind].show(item, n, at), {node} = entry;
      const left = Math.round(x), wide = Math.round(x + width) - left;
      const where = `left: ${left}px; width: ${wide}px`, key = JSON.stringify(now);
      if (entry.at !== where) {
        entry.at = where;
        node.style.cssText = where;
      }
      if (entry.drawn !== key) {
        entry.drawn = key;
        cards[kind].draw(node, now);
      }
      if (kind === 'shot') {
        node.classList.toggle('sb-lifted', line.lifted.has(name));
        const shot = shots[n - 1];
        if (shot.footage) {
          drawFilm(node.querySelector('.sb-face'), shot, {
            width: wide, height: face, zoom: pixels, from: view.left - x - BESIDE,
            to: view.left + view.width - x + BESIDE,
          });
        }
      }
      attr(node, 'aria-posinset', at + 1);
      attr(node, 'aria-setsize', scale.places.length);
      if (next && next !== node && next.nextSibling === node) {
        next.remove();  // it has moved on, the others stay where they are
        next = node;
      }
      if (next === node) next = next.nextSibling;
      else strip.insertBefore(node, next);
    }
    if (strip.lastChild !== tile) strip.append(tile);
    const empty = !scale.places.length, end = Math.round(scale.width);
    strip.style.width = empty ? '' : `${end + TILE}px`;
    tile.style.left = empty ? '' : `${end}px`;
    // Moving a node takes its focus away; that of one that is gone goes to what is selected now.
    const heir = strip.contains(focused) ? focused : strip.querySelector('[aria-current]');
    if (inside && heir && document.activeElement !== heir) {
      /** @type {HTMLElement} */ (heir).focus({preventScroll: true});
    }
    element.classList.toggle('sb-none', empty);
    drawStops();
  }

  /** @type {(name: string, kind: Place['kind']) => HTMLElement} */
  const made = (name, kind) => {
    const node = cards[kind].make(name, choose);
    node.dataset.name = name;
    return node;
  };

  /* One tab stop for the whole strip; the arrow keys go along it. */
  /** @returns {HTMLElement[]} */
  const stops = () => Array.from(strip.querySelectorAll('.sb-card, .sb-link'));
  function drawStops() {
    const all = stops();
    const here = all.find(stop => stop === document.activeElement)
      || all.find(stop => stop.getAttribute('aria-current')) || all[0];
    for (const stop of all) put(stop, 'tabIndex', stop === here ? 0 : -1);
  }
  strip.addEventListener('keydown', event => {
    const {key, shiftKey: range} = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const stop = /** @type {Element} */ (event.target).closest('.sb-card, .sb-link');
    const from = stop ? line.name(stop) : '', edge = from.includes('>');
    // A range is of one kind.
    const all = scale.places.filter(({kind}) => (
      kind !== 'pending' && (!range || (kind === 'edge') === edge)));
    const at = all.findIndex(({name}) => name === from);
    /** @type {Record<string, number>} */
    const keys = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1};
    const to = all[keys[key]];
    if (at < 0 || keys[key] === undefined) return;
    event.preventDefault();
    if (!to) return;
    line.reveal(to.x, to.width, 'instant');
    view.left = scroller.scrollLeft;
    drawStrip();
    /** @type {HTMLElement} */
    const next = line.node(to.name).querySelector('.sb-card, .sb-link');
    next.focus({preventScroll: true});
    if (range) pick(to.name, {range});
    else next.click();
  });

  let shown = '';
  function revealSelected() {
    const name = state.selected ? ownerOf(state.selected) : '';
    const place = scale.of(name);
    if (name === shown || !place) return;
    shown = name;
    line.reveal(place.x, place.width);
  }

  /* At first the whole story, unless its shots were too narrow to be read. */
  function first() {
    const lengths = state.story.shots.map(shot => shot.duration_s).sort((a, b) => a - b);
    const readable = (view.width < 760 ? 132 : 96) / lengths[lengths.length >> 1];
    return Math.min(240, Math.max(readable, scale.fitting(view.width - 40)));
  }

  let drawnOf = '', fitted = Boolean(scale.zoom);  // as it was before the page was loaded anew
  function turnTo() {
    if (drawnOf) {
      for (const {node} of nodes.values()) node.remove();  // with the pictures of another story
      nodes.clear();
      fitted = false;
      scroller.scrollLeft = view.left = 0;
    }
    drawnOf = state.story.story;
  }

  onDraw(() => {
    if (drawnOf !== state.story.story) turnTo();
    if (!fitted && state.story.shots.length) {
      scale.setZoom(first());
      fitted = true;
    }
    drawTools();
    drawZoom();
    drawNotes();
    drawStrip();
    drawRuler();
    revealSelected();
  });
  connect(transmit);
  watch('value', () => accept(value()));
  accept(value());
}
