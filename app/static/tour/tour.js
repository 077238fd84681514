/* A tour in four steps for who sees the sample story for the first time: some words beside what they
   are about. Nothing waits for it. It goes on when what it says is done, or by its buttons and arrow
   keys, and Escape leaves it; the overlay `?` starts it again. */
import {button, h, put} from '../kit/dom.js';
import {onTime} from '../stage/player.js';
import {onDraw, state} from '../store/store.js';
import {STEPS} from './steps.js';

const KEPT = 'storyboard-tour';
const GAP = 14, EDGE = 8;  // pixels to what is pointed at, and to the window's edge

/** @param {HTMLElement} place the zone that it belongs to */
export function makeTour(place) {
  /** Those that this story has. @type {import('./steps.js').Step[]} */
  let steps = [];
  let now = 0;
  /** The story when the step began. @type {Story | null} */
  let before = null;
  /** Where the focus was. @type {HTMLElement | null} */
  let back = null;

  const ring = h('div', {class: 'sb-tour-ring'});
  const count = h('span', {class: 'sb-tour-count'});
  const title = h('h2', {id: 'sb-tour-title'}), text = h('p', {id: 'sb-tour-text'});
  const previous = button('Back', {kind: 'quiet', action: () => go(now - 1)});
  const next = button('Next', {action: () => go(now + 1)});
  const skip = button('Leave the tour', {image: 'close', text: false, kind: 'quiet', action: leave});
  const box = h('div', {
    class: 'sb-tour', role: 'dialog', 'aria-labelledby': title.id, 'aria-describedby': text.id,
    popover: 'manual', tabindex: '-1',
  }, ring, h('div', {class: 'sb-tour-head'}, title, skip),
  h('div', {'aria-live': 'polite'}, text), h('div', {class: 'sb-tour-foot'}, count, previous, next));
  place.append(box);

  box.addEventListener('keydown', event => {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => go(now + 1), ArrowLeft: () => go(Math.max(0, now - 1)), Escape: leave,
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  const open = () => box.matches(':popover-open');

  function start() {
    steps = STEPS.filter(step => step.begin ? state.story.edges.length : step.at());
    back = /** @type {HTMLElement} */ (document.activeElement);
    box.showPopover();
    go(0);
    box.focus({preventScroll: true});
  }

  /** @param {number} step */
  function go(step) {
    if (step >= steps.length) return leave();
    now = step;
    before = state.story && structuredClone(state.story);
    const {title: says, text: more, begin, at} = steps[now];
    if (begin) begin();
    put(title, 'textContent', says);
    put(text, 'textContent', more);
    put(count, 'textContent', `${now + 1} of ${steps.length}`);
    put(previous, 'hidden', !now);
    put(next.firstChild, 'textContent', now + 1 < steps.length ? 'Next' : 'Done');
    const part = at();
    if (part) part.scrollIntoView({block: 'center', inline: 'nearest'});
    point();
    if (document.activeElement === document.body) box.focus({preventScroll: true});
  }

  function leave() {
    const inside = box.contains(document.activeElement);
    localStorage.setItem(KEPT, 'over');
    box.hidePopover();
    if (inside && back && back.isConnected) back.focus();
  }

  /** Beside what it is about, and never over that. */
  function point() {
    const part = open() ? steps[now].at() : null;
    put(ring, 'hidden', !part);
    if (!part) return;
    const target = part.getBoundingClientRect(), size = box.getBoundingClientRect();
    const around = steps[now].clear && part.closest(steps[now].clear);
    const {left, top} = (around && beside(around.getBoundingClientRect(), target, size))
      || beside(target, target, size) || {left: EDGE, top: window.innerHeight - size.height - EDGE};
    Object.assign(box.style, {left: `${left}px`, top: `${top}px`});
    Object.assign(ring.style, {
      left: `${target.left - 4}px`, top: `${target.top - 4}px`,
      width: `${target.width + 8}px`, height: `${target.height + 8}px`,
    });
  }

  /** Where `size` stands outside of `area`, as near as can be to `target`; null where no side has
      room.
   * @type {(area: DOMRect, target: DOMRect, size: DOMRect) => {left: number, top: number} | null} */
  function beside(area, target, {width, height}) {
    /** @type {(wanted: number, room: number) => number} */
    const within = (wanted, room) => Math.max(EDGE, Math.min(wanted, room - EDGE));
    const left = within(target.left + target.width / 2 - width / 2, window.innerWidth - width);
    const top = within(target.top + target.height / 2 - height / 2, window.innerHeight - height);
    const places = [
      {left: area.left - GAP - width, top}, {left: area.right + GAP, top},
      {left, top: area.top - GAP - height}, {left, top: area.bottom + GAP},
    ];
    return places.find(({left: x, top: y}) => x >= EDGE && y >= EDGE
      && x + width <= window.innerWidth - EDGE && y + height <= window.innerHeight - EDGE) || null;
  }

  function follow() {
    if (!open()) return;
    if (before && before.story === state.story.story && steps[now].done(before)) go(now + 1);
    else point();
  }

  onDraw(follow);
  onTime(follow);
  window.addEventListener('resize', point);
  document.addEventListener('scroll', point, true);
  // Who comes first looks at the sample, which is nobody's yet.
  let seen = localStorage.getItem(KEPT) === 'over';
  onDraw(({story}) => {
    if (seen) return;
    seen = true;
    if (story.sample && story.shots.length) requestAnimationFrame(start);
  });
  return {start};
}
