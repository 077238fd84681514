/* Several shots and transitions are selected at once: with Ctrl and Shift, by a frame that is drawn
   around them, and by touch, where a long press begins it and every tap adds. */
import {button, h, put} from '../kit/dom.js';
import {shortcut} from '../kit/shortcuts.js';
import {plural} from '../kit/words.js';
import {pickedOf} from '../store/looks.js';
import {asSelected, onDraw, ownerOf, owners, pick, pickAll, select, set, state} from '../store/store.js';
import {scale} from './scale.js';

const FAR = 5;  // pixels from which a press is a drag
const LONG_MS = 500;
const LONG_FAR = 10;  // a finger that lies still moves a little

/** @type {(kind: Selected['kind']) => string[]} */
const allOf = kind => owners().filter(owner => asSelected(owner).kind === kind);

/** Select all shots, or all transitions.
 * @param {Selected['kind']} kind */
export function selectAll(kind) {
  const all = allOf(kind);
  if (!all.length) return false;
  pickAll(all, state.selected ? ownerOf(state.selected) : undefined);
  return true;
}

/** What is selected, in words. */
export function pickedWords() {
  const shots = pickedOf('shot').length, edges = pickedOf('edge').length;
  return [shots && plural(shots, 'shot'), edges && plural(edges, 'transition')]
    .filter(Boolean).join(' and ');
}

/** @param {{ctrlKey: boolean, metaKey: boolean, shiftKey: boolean}} event
 * @param {Selected} what */
export function choose(event, what) {
  if (event.shiftKey) pick(ownerOf(what), {range: true});
  else if (event.ctrlKey || event.metaKey || state.selecting) pick(ownerOf(what));
  else select(what);
}

/** @param {Line} line
 * @param {(at: {x: number, y: number}, on: Element | null) => void} showMenu on what, null: the
 *   selection */
export function selecting(line, showMenu) {
  const {scroller, lane, strip} = line;
  shortcut('Ctrl+A', {
    label: 'Select all shots, or all transitions where one is', group: 'Timeline',
    act: () => selectAll(state.selected ? state.selected.kind : 'shot'),
  });
  shortcut('Escape', {label: 'Select one only', group: 'Timeline', act: () => {
    if (state.picked.length < 2 && !state.selecting) return false;
    state.selecting = false;
    select(state.selected);
    return true;
  }});
  marquee();
  longPress();
  bar();

  /* The frame begins where nothing is, or with Shift anywhere on the strip. */
  function marquee() {
    const frame = h('div', {class: 'sb-marquee', hidden: true});
    lane.append(frame);
    scroller.addEventListener('pointerdown', down => {
      const on = /** @type {Element} */ (down.target);
      if (down.button || down.pointerType !== 'mouse' || !state.story.shots.length) return;
      if (on.closest('.sb-trim, .sb-trim-in, .sb-ruler, .sb-lanes, .sb-tile, input')) return;
      if (on.closest('.sb-card, .sb-link') && !down.shiftKey) return;
      if (down.clientY > scroller.getBoundingClientRect().top + scroller.clientHeight) return;
      draw(down);
    });

    /** @param {PointerEvent} down */
    function draw(down) {
      const over = new AbortController(), {signal} = over;
      const before = down.ctrlKey || down.metaKey || down.shiftKey ? state.picked : [];
      const from = line.x(down.clientX), top = lane.getBoundingClientRect().top;
      let at = down, drawn = false, found = '';
      window.addEventListener('pointermove', event => {
        if (event.pointerId !== down.pointerId) return;
        at = event;
        if (!drawn && Math.hypot(at.clientX - down.clientX, at.clientY - down.clientY) > FAR) {
          drawn = true;
          scroller.setPointerCapture(down.pointerId);  // its release is no click on a card
          put(frame, 'hidden', false);
          requestAnimationFrame(scroll);
        }
        if (drawn) show();
      }, {signal});
      for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
        window.addEventListener(type, event => {
          if (event.pointerId !== down.pointerId) return;
          over.abort();
          put(frame, 'hidden', true);
          if (drawn) line.say(`${pickedWords()} selected`);
        }, {signal});
      }

      function scroll() {
        if (signal.aborted) return;
        line.nudge(at.clientX);
        show();
        requestAnimationFrame(scroll);
      }
      function show() {
        const to = line.x(at.clientX), [left, right] = [Math.min(from, to), Math.max(from, to)];
        const ys = [down.clientY, at.clientY].sort((a, b) => a - b);
        Object.assign(frame.style, {
          left: `${left}px`, width: `${right - left}px`,
          top: `${Math.max(0, ys[0] - top)}px`, height: `${ys[1] - ys[0]}px`,
        });
        const row = strip.getBoundingClientRect();
        const inside = ys[0] < row.bottom && ys[1] > row.top;
        const touched = scale.places.filter(({kind, x, width}) => (
          inside && kind !== 'pending' && x < right && x + width > left)).map(({name}) => name);
        const wanted = new Set([...before, ...touched]);
        const picked = owners().filter(owner => wanted.has(owner));
        if (!picked.length || picked.join() === found) return;
        found = picked.join();
        pickAll(picked, touched[0]);
      }
    }
  }

  /* A finger that lies on a card begins to select; where it already does, and elsewhere, it opens
     the menu. */
  function longPress() {
    let timer = 0, held = false;
    scroller.addEventListener('pointerdown', down => {
      const on = /** @type {Element} */ (down.target), card = on.closest('.sb-card, .sb-link');
      held = false;
      clearTimeout(timer);
      if (down.pointerType === 'mouse' || on.closest('.sb-grip, .sb-trim, .sb-trim-in, .sb-ruler, input')) return;
      if (!card && on.closest('button:not(.sb-sound)')) return;
      const owner = card ? line.name(card) : '', over = new AbortController(), {signal} = over;
      const end = () => {
        clearTimeout(timer);
        over.abort();
      };
      timer = setTimeout(() => {
        end();
        held = true;
        window.addEventListener('pointerup', () => setTimeout(() => { held = false; }, LONG_MS), {once: true});
        if (!card || state.selecting) {
          showMenu({x: down.clientX, y: down.clientY}, on);
          return;
        }
        state.selecting = true;
        select(asSelected(owner));
        line.say(`${pickedWords()} selected; tap others to add them`);
      }, LONG_MS);
      window.addEventListener('pointermove', event => {
        const far = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
        if (far > LONG_FAR) end();
      }, {signal});
      for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
        window.addEventListener(type, end, {signal});
      }
    });
    // The finger's release is no tap then, on whatever has come under it.
    window.addEventListener('click', event => {
      if (!held) return;
      held = false;
      event.stopPropagation();
      event.preventDefault();
    }, true);
  }

  function bar() {
    const words = h('b');
    const element = h('div', {class: 'sb-selecting', role: 'group', 'aria-label': 'Selecting', hidden: true},
      words,
      button('All shots', {kind: 'quiet', action: () => selectAll('shot')}),
      button('All transitions', {kind: 'quiet', action: () => selectAll('edge')}),
      button('Actions', {image: 'more', action: ({currentTarget}) => {
        const {left, top} = /** @type {Element} */ (currentTarget).getBoundingClientRect();
        showMenu({x: left, y: top}, line.node(ownerOf(state.selected)) || null);
      }}),
      button('Done', {action: () => set({selecting: false})}));
    scroller.before(element);
    onDraw(() => {
      put(element, 'hidden', !state.selecting || !state.selected);
      put(words, 'textContent', `${pickedWords()} selected`);
    });
  }
}
