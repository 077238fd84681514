/* A menu at a point of the page, as a right click opens one: worked by pointer and by keys, closed by
   Escape and by a press beside it. The focus goes back to where it was. */
import {button, h} from './dom.js';

/** What can be chosen; `keys` are shown beside it, `reason` says why it cannot be chosen now. Null
    is a line between two groups.
 * @typedef {{label: string, act: () => unknown, image?: string, keys?: string, reason?: string} | null} MenuItem */

/** @type {(items: MenuItem[]) => MenuItem[]} without lines that part nothing */
const parted = items => items.filter((item, i, all) => (
  item || (i > 0 && all[i - 1] && all.slice(i).some(Boolean))));

/**
 * @param {HTMLElement} place the zone that it belongs to
 * @param {{x: number, y: number}} at in the window
 * @param {string} label
 * @param {MenuItem[]} items */
export function openMenu(place, {x, y}, label, items) {
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  const box = h('div', {class: 'sb-menu', role: 'menu', 'aria-label': label, popover: 'auto'});
  const entries = parted(items).map(item => {
    if (!item) return h('hr');
    const entry = button(item.label, {
      image: item.image, kind: 'quiet', role: 'menuitem', tabindex: -1,
      action: () => {
        box.hidePopover();
        item.act();
      },
    });
    if (item.keys) entry.append(h('kbd', {'aria-hidden': 'true'}, item.keys));
    if (item.reason) {
      entry.setAttribute('aria-disabled', 'true');
      entry.title = item.reason;
    }
    return entry;
  });
  box.append(...entries);
  const all = /** @type {HTMLElement[]} */ (entries.filter(entry => entry.matches('button')));

  box.addEventListener('keydown', event => {
    event.stopPropagation();  // the keys of the page are not meant
    const {key} = event, now = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const keys = {ArrowDown: now + 1, ArrowUp: now - 1 + all.length, Home: 0, End: all.length - 1};
    if (key in keys) all[keys[key] % all.length].focus();
    else if (key === 'Tab') box.hidePopover();
    else if (key.length === 1 && key !== ' ' && !event.ctrlKey && !event.metaKey) {
      const later = [...all.slice(now + 1), ...all.slice(0, now + 1)];
      const next = later.find(({textContent}) => textContent.toLowerCase().startsWith(key.toLowerCase()));
      if (next) next.focus();
    } else return;
    event.preventDefault();
  });
  box.addEventListener('contextmenu', event => event.preventDefault());
  box.addEventListener('toggle', event => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return;
    const inside = box.contains(document.activeElement) || document.activeElement === document.body;
    box.remove();
    if (inside && back && back.isConnected) back.focus();
  });

  place.append(box);
  box.showPopover();
  const {width, height} = box.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(x, window.innerWidth - width - 8))}px`;
  box.style.top = `${Math.max(8, Math.min(y, window.innerHeight - height - 8))}px`;
  if (all.length) all[0].focus({preventScroll: true});
}
