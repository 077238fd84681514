/* The strip of shots with a chip for the transition between every two, all in order. This part also
   holds the line to the server: it sends the commands and takes in the story. */
import {put} from '../kit/dom.js';
import {accept, connect, onDraw, ownerOf, pick, state} from '../store/store.js';
import {actions} from './actions.js';
import {cards} from './cards.js';
import {clipKeys} from './clip_keys.js';
import {clipMarks} from './clip_marks.js';
import {clipboard} from './clipboard.js';
import {contextMenu} from './context_menu.js';
import {dragging} from './drag.js';
import {dropping} from './drop.js';
import {findBar} from './find_bar.js';
import {hovering} from './hover.js';
import {lanes} from './lanes.js';
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
  /** By name. @type {Map<string, {node: HTMLElement, drawn: string}>} */
  const nodes = new Map();

  state.catalogue = JSON.parse(props.catalogue);

  // What is in sight, known without asking the layout in every drawing.
  const view = {left: 0, width: scroller.clientWidth || 1200};
  scroller.addEventListener('scroll', () => {
    view.left = scroller.scrollLeft;
    drawRuler();
  });
  new ResizeObserver(() => {
    view.width = scroller.clientWidth || view.width;
    if (!state.story) return;
    drawRuler();
    drawLanes();
  }).observe(scroller);

  /** @param {string} text */
  const say = text => { live.textContent = text; };
  /** @type {Line} */
  const line = Object.assign({
    element, scroller, lane, strip, view, say,
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
  const drawTools = tools(line, find('.sb-bar'));
  const drawZoom = zoom(line, find('.sb-zoom'));
  const drawRuler = ruler(line);
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

  function drawStrip() {
    const focused = document.activeElement, inside = strip.contains(focused);
    const {shots, edges} = state.story;
    const {places} = scale;
    const wanted = new Set(places.map(place => place.name));
    for (const [name, {node}] of nodes) {
      if (!wanted.has(name)) {
        node.remove();
        nodes.delete(name);
      }
    }
    let n = 0, at = strip.firstChild;
    for (const {name, kind, width} of places) {
      const item = kind === 'shot' ? shots[n++] : kind === 'edge' ? edges[n - 1]
        : state.pending.find(file => file.key === name);
      if (!nodes.has(name)) nodes.set(name, {node: made(name, kind), drawn: ''});
      const entry = nodes.get(name), now = cards[kind].show(item, n);
      const key = `${width} ${JSON.stringify(now)}`;
      if (entry.drawn !== key) {
        entry.drawn = key;
        entry.node.style.width = `${width}px`;
        cards[kind].draw(entry.node, now);
      }
      if (at && at !== entry.node && at.nextSibling === entry.node) {
        at.remove();  // it has moved on, the others stay where they are
        at = entry.node;
      }
      if (at === entry.node) at = at.nextSibling;
      else strip.insertBefore(entry.node, at);
    }
    if (strip.lastChild !== tile) strip.append(tile);
    // Moving a node takes its focus away; that of one that is gone goes to what is selected now.
    const next = strip.contains(focused) ? focused : strip.querySelector('[aria-current]');
    if (inside && next && document.activeElement !== next) {
      /** @type {HTMLElement} */ (next).focus();
    }
    element.classList.toggle('sb-none', !places.length);
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
    const from = /** @type {HTMLElement} */ (event.target).closest('.sb-card, .sb-link');
    // A range is of one kind.
    const all = range && from ? stops().filter(stop => stop.matches(`.${from.classList[0]}`)) : stops();
    const at = all.indexOf(/** @type {HTMLElement} */ (from));
    /** @type {Record<string, number>} */
    const keys = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1};
    const to = keys[key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (!all[to]) return;
    all[to].focus();
    if (range) pick(line.name(all[to]), {range});
    else all[to].click();
  });

  let shown = '';
  function revealSelected() {
    const name = state.selected ? ownerOf(state.selected) : '';
    const place = scale.of(name);
    if (name === shown || !place) return;
    shown = name;
    line.reveal(place.x, place.width);
  }

  onDraw(() => {
    if (!scale.zoom && state.story.shots.length) {
      scale.setZoom(Math.min(90, Math.max(view.width < 760 ? 48 : 32, scale.fitting(view.width - 40))));
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
