/* The board: a grid of large cards to think in scenes with. Their prompts are written in place, and they
   are put in another order by dragging: anywhere on a picture with the mouse, by its grip with a finger. */
import {attr, h, put} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {keyed} from '../kit/keyed.js';
import {lookIcon} from '../kit/looks.js';
import {seconds, shotName} from '../kit/words.js';
import {ownerOf, pick, select, send, shotOf, state} from '../store/store.js';
import {dropPlace} from './order.js';
import {isCurrent, sign} from './ramps.js';

const FAR = 5, EDGE = 64;  // pixels from which a press is a drag, and where a drag scrolls
const GHOST = 'What happens here?';

/** @type {(line: Line, root: HTMLElement, choose: import('./cards.js').Act) => () => void} */
export function board(line, root, choose) {
  const list = h('ol', {class: 'sb-scenes', 'aria-label': 'Scenes in order'});
  const bar = h('div', {class: 'sb-gap', hidden: true});
  root.append(list, bar);

  /** @param {Shot} made */
  function make({id}) {
    const image = h('img', {alt: '', loading: 'lazy', draggable: 'false'});
    const number = h('b'), time = h('span', {class: 'sb-time'}), words = h('span', {class: 'sb-card-words'});
    const face = h('button', {
      type: 'button', class: 'sb-scene-face',
      onclick: (/** @type {MouseEvent} */ event) => choose(event, {kind: 'shot', id}),
    }, image, words, number, time);
    const name = h('div', {class: 'sb-scene-name'});
    const prompt = fields.text('Prompt', {
      rows: 3, length: 2000, commit: value => send('set_shot', {id, fields: {prompt: value}}),
    });
    const look = h('span'), says = h('span');
    const next = h('button', {
      type: 'button', class: 'sb-scene-next', onclick: () => {
        const edge = state.story.edges.find(({left}) => left === id);
        if (edge) select({kind: 'edge', owner: edge.owner});
      },
    }, look, says);
    const element = h('li', {class: 'sb-scene', 'data-name': id}, face,
      h('span', {class: 'sb-scene-grip', 'aria-hidden': 'true'}, icon('grip')), name, prompt.element, next);
    let drawn = '';
    return {
      root: element,
      /** @param {Shot} shot */
      update(shot) {
        const n = state.story.shots.indexOf(shot) + 1, edge = state.story.edges[n - 1];
        prompt.update(shot.prompt, {ghost: GHOST});
        /** @type {[image: string, says: string, current: boolean] | null} */
        const after = edge ? [lookIcon(edge.duration_s ? edge.style : 'cut'),
          edge.duration_s ? `${edge.prompt || 'Transition'}, ${seconds(edge.duration_s)}` : 'Cut',
          isCurrent('edge', edge.owner)] : null;
        const now = {
          n, thumb: shot.thumb, colour: shot.colour, title: shotName(shot), label: shot.label || null,
          time: seconds(shot.duration_s), missing: shot.missing, current: isCurrent('shot', id),
          picked: state.picked.includes(id), lifted: line.lifted.has(id),
          words: shot.kind === 'card' && shot.captions.length ? shot.captions[0].text : '',
          next: after,
        };
        const key = JSON.stringify(now);
        if (key === drawn) return;
        drawn = key;
        attr(image, 'src', now.thumb);
        put(image, 'hidden', !now.thumb);
        face.style.backgroundColor = now.colour || '';
        put(words, 'textContent', now.missing ? 'File missing' : now.words);
        put(number, 'textContent', String(n));
        put(time, 'textContent', now.time);
        put(name, 'textContent', now.title);
        attr(element, 'data-label', now.label);
        element.classList.toggle('sb-lifted', now.lifted);
        attr(face, 'aria-label', [`Scene ${n}`, now.title, now.time, now.label && `${now.label} label`]
          .filter(Boolean).join(', '));
        attr(face, 'aria-current', now.current ? 'true' : null);
        attr(face, 'aria-pressed', now.picked);
        attr(prompt.element.querySelector('textarea'), 'aria-label', `Prompt of scene ${n}`);
        put(next, 'hidden', !now.next);
        if (!now.next) return;
        sign(look, now.next[0]);
        put(says, 'textContent', now.next[1]);
        attr(next, 'aria-current', now.next[2] ? 'true' : null);
        attr(next, 'aria-label', `From scene ${n} to ${n + 1}: ${now.next[1]}`);
      },
    };
  }

  /** @returns {HTMLElement[]} */
  const faces = () => [...list.querySelectorAll('.sb-scene-face')].map(one => /** @type {HTMLElement} */ (one));
  list.addEventListener('keydown', event => {
    const face = /** @type {Element} */ (event.target).closest('.sb-scene-face');
    if (!face || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = faces(), at = all.indexOf(/** @type {HTMLElement} */ (face)), {top} = all[0].getBoundingClientRect();
    const columns = all.filter(one => one.getBoundingClientRect().top === top).length;
    /** @type {Record<string, number>} */
    const keys = {
      ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0,
      End: all.length - 1,
    };
    const to = all[keys[event.key]];
    if (keys[event.key] === undefined) return;
    event.preventDefault();
    if (!to) return;
    to.focus();
    to.scrollIntoView({block: 'nearest'});
    if (event.shiftKey) pick(to.closest('li').dataset.name, {range: true});
    else to.click();
  });

  list.addEventListener('pointerdown', event => {
    const target = /** @type {Element} */ (event.target), grip = target.closest('.sb-scene-grip');
    const free = event.pointerType === 'mouse' && target.closest('.sb-scene-face');
    if (event.button || event.ctrlKey || event.shiftKey || !(grip || free)) return;
    if (grip) event.preventDefault();
    watch(event, target.closest('li').dataset.name);
  });

  /** @type {(down: PointerEvent, id: string) => void} */
  function watch(down, id) {
    const over = new AbortController(), {signal} = over;
    let at = down, before = /** @type {string | null} */ (null);
    /** @type {HTMLElement | null} */
    let ghost = null;
    window.addEventListener('pointermove', event => {
      if (event.pointerId !== down.pointerId) return;
      at = event;
      if (!ghost && Math.hypot(at.clientX - down.clientX, at.clientY - down.clientY) > FAR) {
        if (!shotOf(id)) return end(false);
        ghost = lift(down, id);
        requestAnimationFrame(scroll);
      }
      if (ghost) hover();
    }, {signal});
    for (const [type, drop] of /** @type {[string, boolean][]} */ ([['pointerup', true], ['pointercancel', false]])) {
      window.addEventListener(type, event => (
        /** @type {PointerEvent} */ (event).pointerId === down.pointerId && end(drop)), {signal});
    }
    onEscape(() => end(false), {signal, when: () => ghost});

    function hover() {
      ghost.style.transform = `translate(${at.clientX - 40}px, ${at.clientY - 24}px)`;
      before = gapAt(at.clientX, at.clientY);
    }
    function scroll() {
      if (signal.aborted) return;
      // On a phone the board is part of the page, which scrolls as a whole.
      const own = root.scrollHeight > root.clientHeight + 1;
      const {top, bottom} = own ? root.getBoundingClientRect() : {top: 0, bottom: innerHeight};
      const by = Math.max(0, at.clientY - bottom + EDGE) - Math.max(0, top + EDGE - at.clientY);
      if (by) (own ? root : document.scrollingElement).scrollTop += Math.sign(by) * Math.min(20, Math.abs(by) / 3);
      hover();
      requestAnimationFrame(scroll);
    }
    /** @param {boolean} drop */
    function end(drop) {
      over.abort();
      if (!ghost) return;
      ghost.remove();
      bar.hidden = true;
      const ids = line.picked();
      line.lifted.clear();
      line.element.classList.remove('sb-dragging');
      draw();
      const place = drop && dropPlace(state.story.shots.map(shot => shot.id), ids, before);
      if (place) line.move(place.moving, place.before);
      else line.say('Not moved');
    }
  }

  /** @type {(down: PointerEvent, id: string) => HTMLElement} */
  function lift(down, id) {
    if (!state.picked.includes(id)) select({kind: 'shot', id});
    const ids = line.picked(), {thumb, colour} = shotOf(id);
    const ghost = h('div', {class: 'sb-ghost sb-scene-ghost', 'data-count': ids.length > 1 ? ids.length : null},
      thumb ? h('img', {src: thumb, alt: ''}) : null);
    ghost.style.backgroundColor = colour || '';
    for (const one of ids) line.lifted.add(one);
    line.element.append(ghost);
    line.element.classList.add('sb-dragging');
    list.setPointerCapture(down.pointerId);
    draw();
    return ghost;
  }

  /** Before which scene something put down there goes; the bar shows it.
   * @type {(x: number, y: number) => string | null} */
  function gapAt(x, y) {
    const all = faces().map(face => ({face, box: face.closest('li').getBoundingClientRect()}));
    /** @type {(box: DOMRect) => number} */
    const far = ({left, right, top, bottom}) => Math.hypot(
      Math.max(left - x, 0, x - right), 4 * Math.max(top - y, 0, y - bottom));
    const nearest = all.reduce((a, b) => (far(b.box) < far(a.box) ? b : a));
    const {left, right, top, bottom, width, height} = nearest.box;
    const column = all.length > 1 && all[1].box.top > all[0].box.top;
    const after = column ? y > (top + bottom) / 2 : x > (left + right) / 2;
    const frame = root.getBoundingClientRect();
    bar.hidden = false;
    const [across, below] = column ? [left, after ? bottom + 5 : top - 9] : [after ? right + 7 : left - 7, top];
    bar.style.cssText = `left: ${across - frame.left + root.scrollLeft}px; `
      + `top: ${below - frame.top + root.scrollTop}px; `
      + (column ? `width: ${width}px; height: 4px` : `width: 4px; height: ${height}px`);
    const ids = state.story.shots.map(shot => shot.id);
    const at = ids.indexOf(nearest.face.closest('li').dataset.name) + (after ? 1 : 0);
    return ids[at] || null;
  }

  let shown = '';
  function draw() {
    keyed(list, state.story.shots, ({id}) => `${state.story.story} ${id}`, make);
    const stops = faces(), here = stops.find(stop => stop === document.activeElement)
      || stops.find(stop => stop.getAttribute('aria-current')) || stops[0];
    for (const stop of stops) put(stop, 'tabIndex', stop === here ? 0 : -1);
    const name = state.selected ? ownerOf(state.selected).split('>')[0] : '';
    if (name === shown) return;
    shown = name;
    const node = list.querySelector(`[data-name="${name}"]`);
    if (node) node.scrollIntoView({block: 'nearest'});
  }
  return draw;
}
