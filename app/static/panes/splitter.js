/* What divides the window, dragged by mouse and touch and moved by keys: the width of the inspector and
   the height of the timeline. Both are kept in this browser. They are wishes: panes.css keeps every part
   in sight in a window of any size. */
import {attr, h} from '../kit/dom.js';
import {onEscape} from '../kit/escape.js';
import {gesture} from '../kit/gesture.js';
import {shortcut} from '../kit/shortcuts.js';
import {folded, setFolded} from './fold.js';

const STEP = 16, FAR = 64;  // pixels of an arrow key, and with Shift
const LEAST_VIEW = 96;      // pixels of the picture's height that a drag leaves

/** Pixels that a pane may have. @typedef {{least: number, most: () => number}} Bounds */
/** @type {Record<'beside' | 'under', Bounds & {label: string}>} */
const PANES = {
  beside: {
    label: 'Width of the inspector', least: 240, most: () => document.documentElement.clientWidth - 300,
  },
  under: {
    label: 'Height of the timeline', least: 92,
    most: () => heightOf('#zone-timeline') + Math.max(0, heightOf('.sb-view') - LEAST_VIEW),
  },
};
/** 0 for what is not there yet.
 * @param {string} name */
const heightOf = name => document.querySelector(name)?.getBoundingClientRect().height ?? 0;

/** @param {string} name */
const keyOf = name => `storyboard-pane-${name}`;
/** @type {(name: string, size: number | null) => void} */
function wish(name, size) {
  const {style, dataset} = document.documentElement;
  if (size === null) {
    style.removeProperty(`--sb-${name}`);
    delete dataset[name];
  } else {
    style.setProperty(`--sb-${name}`, `${size}px`);
    dataset[name] = 'set';
  }
}
for (const name of Object.keys(PANES)) {
  wish(name, parseFloat(localStorage.getItem(keyOf(name))) || null);
}

/** The separator at a pane's edge.
 * @param {HTMLElement} pane
 * @param {'beside' | 'under'} name */
export function splitter(pane, name) {
  const {label, least, most} = PANES[name], across = name === 'beside', folds = name === 'under';
  const bar = h('div', {
    class: 'sb-splitter', role: 'separator', tabindex: 0, 'aria-label': label, 'aria-valuemin': least,
    'aria-orientation': across ? 'vertical' : 'horizontal',
  });
  pane.prepend(bar);
  const size = () => Math.round(pane.getBoundingClientRect()[across ? 'width' : 'height']);
  const kept = () => parseFloat(localStorage.getItem(keyOf(name))) || null;
  let from = 0, wasFolded = false;
  /** While it is dragged. @type {AbortController | null} */
  let held = null;

  /** @param {number | null} wanted */
  function resize(wanted) {
    // Drawn well below what it needs, the timeline folds.
    if (folds) setFolded(wanted !== null && wanted < least * 0.6);
    if (!folds || !folded()) wish(name, wanted && Math.round(Math.max(least, Math.min(most(), wanted))));
    tell();
  }
  function keep() {
    const now = parseFloat(document.documentElement.style.getPropertyValue(`--sb-${name}`));
    if (now) localStorage.setItem(keyOf(name), String(now));
    else localStorage.removeItem(keyOf(name));
  }
  function tell() {
    attr(bar, 'aria-valuemax', Math.round(Math.max(size(), most())));
    attr(bar, 'aria-valuenow', Math.max(least, size()));
    attr(bar, 'aria-valuetext', folds && folded() ? 'folded' : `${size()} pixels`);
  }
  /** @param {boolean} done */
  function release(done) {
    if (!held) return;
    held.abort();
    held = null;
    attr(bar, 'data-held', null);
    if (done) return keep();
    if (folds) setFolded(wasFolded);
    wish(name, kept());
    tell();
  }

  gesture(bar, {
    begin() {
      [from, wasFolded, held] = [size(), folded(), new AbortController()];
      attr(bar, 'data-held', 'yes');
      onEscape(() => release(false), held);
    },
    move({x, y}) { if (held) resize(from - (across ? x : y)); },
    end: cancelled => release(!cancelled),
  });

  bar.addEventListener('dblclick', () => {
    resize(null);
    keep();
  });
  bar.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? FAR : STEP;
    /** @type {Record<string, () => number>} */
    const keys = {
      [across ? 'ArrowLeft' : 'ArrowUp']: () => Math.max(least, size() + by),
      [across ? 'ArrowRight' : 'ArrowDown']: () => Math.max(least, size() - by),
      Home: () => least, End: most,
    };
    if (event.key === 'Enter' && folds) setFolded(!folded());
    else if (keys[event.key]) {
      resize(keys[event.key]());
      keep();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(tell).observe(pane);
}

const group = 'Window';
/** @type {[string[], string][]} */
const KEYS = [
  [['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], 'Move the divider in focus, with Shift further'],
  [['Home', 'End'], 'Divider as far as it goes'], [['Enter'], 'Divider: fold the timeline'],
];
for (const [keys, label] of KEYS) shortcut(keys, {label, group, act: () => false});
