/* The timeline folded to its bar, so that the picture has its height: by a button, a key, or a drag of
   its edge. Kept in this browser. */
import {attr, button} from '../kit/dom.js';
import {shortcut} from '../kit/shortcuts.js';

const KEPT = 'storyboard-timeline-folded';
/** @type {HTMLElement | null} */
let timeline = null;
/** @type {HTMLButtonElement | null} */
let opener = null;

export const folded = () => localStorage.getItem(KEPT) === 'yes';

/** @param {boolean} on */
export function setFolded(on) {
  if (on === folded()) return;
  if (on) localStorage.setItem(KEPT, 'yes');
  else localStorage.removeItem(KEPT);
  draw();
}

function draw() {
  const now = folded();
  attr(timeline, 'data-folded', now && 'yes');
  const label = `${now ? 'Show' : 'Hide'} the timeline`;
  attr(opener, 'aria-label', label);
  opener.dataset.title = opener.title = `${label} (H)`;
}

/** @type {(element: HTMLElement, bar: HTMLElement) => void} */
export function folding(element, bar) {
  timeline = element;
  opener = button('', {
    text: false, kind: 'quiet', image: 'down', keys: 'H', action: () => setFolded(!folded()),
  });
  opener.classList.add('sb-fold');
  bar.prepend(opener);
  shortcut('H', {label: 'Hide or show the timeline', group: 'Window', act: () => setFolded(!folded())});
  draw();
}
