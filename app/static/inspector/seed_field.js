/* The seed, with a die that throws another and a lock that keeps this one. */
import {attr, button, h, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {set, state} from '../store/store.js';

const KEPT = 500;
// A locked seed is a habit of work here, nothing of the story: so it stays in the browser.
const locks = new Set(JSON.parse(localStorage.getItem('storyboard-locks') || '[]'));
/** @param {string} owner */
const place = owner => `${state.story.story}/${owner}`;
/** @param {string} owner */
export const seedIsLocked = owner => locks.has(place(owner));

/** @param {string} owner */
function toggle(owner) {
  if (!locks.delete(place(owner))) locks.add(place(owner));
  localStorage.setItem('storyboard-locks', JSON.stringify([...locks].slice(-KEPT)));
  set({});
}

/** `owner` gives whose seed it is, `change` edits it.
 * @param {{min?: number, max?: number}} limits
 * @param {() => string} owner
 * @param {(changed: Changes) => void} change */
export function seedField(limits, owner, change) {
  const seed = fields.number('Seed', {
    min: limits.min, max: limits.max, step: 1, commit: seed => change({seed}),
  });
  const lock = button('Lock the seed', {
    image: 'unlock', text: false, kind: 'quiet', action: () => toggle(owner()),
  });
  const dice = button('Another seed', {image: 'dice', text: false, kind: 'quiet', action: () => {
    change({seed: crypto.getRandomValues(new Uint32Array(1))[0]});
  }});
  seed.element.querySelector('label').after(h('div', {class: 'sb-seed-tools'}, lock, dice));
  seed.element.classList.add('sb-seed');
  return {
    element: seed.element, save: seed.save,
    /** `fixed` is why the seed changes nothing.
     * @type {(value: number, fixed: string) => void} */
    update(value, fixed) {
      const locked = seedIsLocked(owner());
      if (lock.getAttribute('aria-pressed') !== String(locked)) {
        lock.firstChild.replaceWith(icon(locked ? 'lock' : 'unlock'));
      }
      attr(lock, 'aria-pressed', locked);
      lock.dataset.title = locked
        ? 'Unlock the seed' : 'Lock the seed: dice and variations then leave it alone';
      refuse(lock, fixed);
      refuse(dice, fixed || (locked ? 'The seed is locked; unlock it first' : ''));
      seed.update(value, {
        reason: fixed,
        hint: fixed ? '' : locked
          ? 'Locked: the die leaves it alone, and variations change the move or style instead'
          : 'The same seed makes the same clip, another one another',
      });
    },
  };
}
