/* Markers on the ruler: named moments. M sets one at the playhead and names one that is there; they are
   dragged, and go along with the shot that they stand on unless they are told to stay. */
import {attr, button, h, put} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import * as fields from '../kit/fields.js';
import {keyed} from '../kit/keyed.js';
import {shortcut} from '../kit/shortcuts.js';
import {seconds} from '../kit/words.js';
import {player} from '../stage/player.js';
import {timedMarkers} from '../store/markers.js';
import {partAt} from '../store/schedule.js';
import {onDraw, send, set, state} from '../store/store.js';
import {scale} from './scale.js';

const FAR = 4, BESIDE = 240;  // pixels from which a press is a drag, and drawn beside what is in sight

/** @typedef {Marker & {time: number}} Timed */

/** @type {(line: Line, snapped: (x: number, free: boolean) => number) => () => void} */
export function markers(line, snapped) {
  const {element, view} = line;
  const list = h('ul', {class: 'sb-markers', 'aria-label': 'Markers'});
  element.querySelector('.sb-ruler').after(list);
  /** Where one is dragged to. @type {{id: string, time: number} | null} */
  let dragged = null;
  let released = false;  // the click that follows is no press

  /** The shot that is seen at a time, or was seen last.
   * @param {number} time */
  const shotAt = time => {
    const part = partAt(time);
    return part ? part.owner.split('>')[0] : null;
  };
  /** @type {(id: string) => Timed | undefined} */
  const find = id => timedMarkers().find(one => one.id === id);

  function mark() {
    if (!state.story.shots.length) return false;
    const half = 0.5 / state.story.settings.fps;
    const here = timedMarkers().find(({time}) => Math.abs(time - player.time) < half);
    if (here) {
      open(here.id);
    } else {
      send('add_marker', {at_s: player.time, anchor: shotAt(player.time)});
      line.say('Marker set; M again names it');
    }
    return true;
  }
  shortcut('M', {label: 'Set a marker at the playhead, or name the one there', group: 'Timeline', act: mark});
  const setter = button('Marker', {image: 'marker', text: false, kind: 'quiet', keys: 'M', action: mark});

  /* What one is called, and what it goes along with. */
  let opened = '';
  const name = fields.text('Name', {
    length: 200, commit: title => find(opened) && send('set_marker', {id: opened, fields: {title}}),
  });
  const moves = fields.check('Moves with its shot', {commit: on => {
    const one = find(opened);
    if (one) send('move_marker', {id: opened, at_s: one.time, anchor: on ? shotAt(one.time) : null});
  }});
  const box = h('div', {
    class: 'sb-popover sb-marker-box', popover: 'auto', role: 'dialog', 'aria-label': 'Marker',
  }, name.element, moves.element, button('Remove marker', {image: 'trash', kind: 'quiet', action: () => {
    box.hidePopover();
    remove(opened);
  }}));
  element.append(box);
  box.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
    event.target.blur();
    box.hidePopover();
  });

  /** @param {string} id */
  function open(id) {
    opened = id;
    const one = find(id);
    if (!one) return;
    line.reveal(scale.xOf(one.time), 0, 'instant');
    drawBox();
    box.showPopover();
    const at = line.lane.getBoundingClientRect().left + scale.xOf(one.time);
    const {top} = list.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(at - 20, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(8, top - box.offsetHeight - 8)}px`;
    box.querySelector('input').focus();
  }
  function drawBox() {
    const one = find(opened);
    if (!one) return box.matches(':popover-open') && box.hidePopover();
    name.update(one.title);
    moves.update(one.anchor !== null);
  }

  /** @param {string} id */
  function remove(id) {
    if (!find(id)) return;
    send('remove_markers', {ids: [id]});
    line.say('The marker was removed; Undo brings it back');
  }

  /** @param {Timed} made */
  function make({id}) {
    const flag = h('button', {type: 'button', class: 'sb-marker'}, h('span'));
    flag.addEventListener('click', () => {
      if (released) return;
      player.seek(find(id).time);
      open(id);
    });
    flag.addEventListener('keydown', event => keys(event, id));
    flag.addEventListener('pointerdown', down => drag(down, id));
    return {
      root: h('li', {'data-name': id}, flag),
      /** @param {Timed} one */
      update(one) {
        const time = dragged && dragged.id === id ? dragged.time : one.time;
        attr(flag.parentElement, 'style', `transform: translateX(${Math.round(scale.xOf(time))}px)`);
        put(flag.firstChild, 'textContent', one.title);
        const says = `Marker${one.title ? ` “${one.title}”` : ''} at ${seconds(time)}`;
        attr(flag, 'aria-label', says);
        attr(flag, 'title', `${says}: press to name it, drag to move it`);
      },
    };
  }

  /** @type {(event: KeyboardEvent, id: string) => void} */
  function keys(event, id) {
    const all = timedMarkers(), at = all.findIndex(one => one.id === id);
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (event.ctrlKey || event.metaKey || at < 0) return;
    if (event.key === 'Delete' || event.key === 'Backspace') remove(id);
    else if (by && event.altKey) move(id, all[at].time + by / state.story.settings.fps);
    else if (by && all[at + by]) {
      line.reveal(scale.xOf(all[at + by].time), 0, 'instant');
      view.left = line.scroller.scrollLeft;
      draw();
      focus(all[at + by].id);
    } else if (!by) return;
    event.preventDefault();
  }
  /** @param {string} id */
  const focus = id => {
    const flag = /** @type {HTMLElement | null} */ (list.querySelector(`[data-name="${id}"] button`));
    if (flag) flag.focus({preventScroll: true});
  };
  /** @type {(id: string, time: number) => void} */
  const move = (id, time) => {
    const at = Math.min(scale.total, Math.max(0, time));
    send('move_marker', {id, at_s: at, anchor: find(id).anchor === null ? null : shotAt(at)});
  };

  /** @type {(down: PointerEvent, id: string) => void} */
  function drag(down, id) {
    if (down.button) return;
    const flag = /** @type {HTMLElement} */ (down.currentTarget), over = new AbortController();
    const {signal} = over;
    flag.setPointerCapture(down.pointerId);
    flag.addEventListener('pointermove', ({clientX, altKey}) => {
      if (!dragged && Math.abs(clientX - down.clientX) < FAR) return;
      line.nudge(clientX);
      dragged = {id, time: Math.min(scale.total, Math.max(0, snapped(line.x(clientX), altKey)))};
      draw();
    }, {signal});
    flag.addEventListener('lostpointercapture', () => end(true), {signal});
    onEscape(() => end(false), {signal});
    /** @param {boolean} keep */
    function end(keep) {
      over.abort();
      put(element.querySelector('.sb-snap'), 'hidden', true);
      const to = dragged;
      dragged = null;
      if (!to) return;
      released = true;
      setTimeout(() => { released = false; });
      if (keep && find(id)) move(id, to.time);
      set({});
    }
  }

  function draw() {
    const from = view.left - BESIDE, to = view.left + view.width + BESIDE;
    const shown = timedMarkers().filter(({id, time}) => {
      const x = scale.xOf(time);
      return (x >= from && x <= to) || (dragged && dragged.id === id)
        || (document.activeElement && document.activeElement.closest(`[data-name="${id}"]`));
    });
    keyed(list, shown, one => one.id, make);
    put(list, 'hidden', !shown.length);
    const stops = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('button')]);
    const here = stops.find(stop => stop === document.activeElement) || stops[0];
    for (const stop of stops) put(stop, 'tabIndex', stop === here ? 0 : -1);
  }
  onDraw(() => {
    put(setter, 'hidden', !state.story.shots.length);
    drawBox();
    draw();
  });
  element.querySelector('.sb-edit').append(setter);
  return draw;
}
