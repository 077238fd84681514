/* The buttons above the strip, and the keys that do the same. */
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {shortcut} from '../kit/shortcuts.js';
import {seconds} from '../kit/words.js';
import {itemOf, ownerOf, select, shotOf, state} from '../store/store.js';
import {sampleGallery} from './samples.js';
import {scale} from './scale.js';

/** @type {(line: Line, bar: HTMLElement) => () => void} */
export const tools = (line, bar) => {
  const sum = bar.querySelector('.sb-sum'), actions = bar.querySelector('.sb-actions');
  const group = 'Timeline';
  /** @type {string[]} */
  let copied = [];

  /** @type {(label: string, image: string, action: () => void, keys: string)
   *   => HTMLButtonElement} */
  const tool = (label, image, action, keys) => (
    button(label, {image, text: false, kind: 'quiet', action, keys}));
  /** @param {number} by */
  const shift = by => line.move(line.picked(), line.step(by));
  const adder = fields.files('Add images or videos', {
    image: 'image', accept: state.catalogue.media, multiple: true,
    chosen: files => line.addFiles(files, line.here()),
  });
  const samples = sampleGallery(line);
  const card = button('Title card', {image: 'title', kind: 'quiet', action: line.addCard});
  const buttons = {
    left: tool('Move left', 'left', () => shift(-1), 'Alt+ArrowLeft'),
    right: tool('Move right', 'right', () => shift(1), 'Alt+ArrowRight'),
    duplicate: tool('Duplicate', 'copy', () => line.duplicate(), 'Control+D'),
    split: tool('Split', 'split', () => line.split(), 'S'),
    scenes: button('Split into scenes', {
      image: 'scenes', kind: 'quiet', action: () => line.findScenes(line.picked()),
    }),
    remove: tool('Remove', 'trash', () => line.remove(), 'Delete'),
  };
  actions.append(adder, card, ...samples, h('span', {class: 'sb-rule'}), ...Object.values(buttons));

  /** @type {(act: () => unknown) => () => unknown} */
  const whenPicked = act => () => (line.picked().length ? act() : false);
  /** @type {(by: number, act: () => unknown) => () => unknown} */
  const can = (by, act) => () => (line.step(by) === undefined ? false : act());
  shortcut('Alt+ArrowLeft', {label: 'Move shots left', group, act: can(-1, () => shift(-1))});
  shortcut('Alt+ArrowRight', {label: 'Move shots right', group, act: can(1, () => shift(1))});
  shortcut('Ctrl+D', {label: 'Duplicate shots', group, act: whenPicked(() => line.duplicate())});
  shortcut('S', {
    label: 'Split at the playhead, or in half', group,
    act: () => (line.cut() ? line.split() : false),
  });
  shortcut(['Delete', 'Backspace'], {
    label: 'Remove shots', group, act: whenPicked(() => line.remove()),
  });
  shortcut(['N', 'T'], {label: 'Add a title card', group, act: () => line.addCard()});
  shortcut('Ctrl+A', {label: 'Select all shots', group, act: () => {
    const all = state.story.shots.map(shot => shot.id), [first] = line.picked();
    if (!all.length) return false;
    select({kind: 'shot', id: first || all[0]}, all);
    return true;
  }});
  shortcut('Escape', {label: 'Select one shot only', group, act: () => {
    if (state.picked.length < 2) return false;
    select(state.selected);
    return true;
  }});
  for (const [key, label] of [[']', 'longer'], ['[', 'shorter']]) {
    const by = key === ']' ? 0.5 : -0.5;
    shortcut(key, {label: `Half a second ${label}`, group, act: () => {
      if (!state.selected) return false;
      const name = ownerOf(state.selected);
      line.last(name, line.whole(name, itemOf(state.selected).duration_s + by));
      return true;
    }});
  }

  // Shots go through the browser's own clipboard, so that a picture copied later is what is pasted.
  const ours = 'application/x-storyboard-shots';
  /** @param {ClipboardEvent} event */
  const free = event => !event.defaultPrevented && state.story
    && !/** @type {Element} */ (event.target).closest('input, textarea, select, [contenteditable], dialog');
  shortcut('Ctrl+C', {label: 'Copy shots', group, act: () => false});
  shortcut('Ctrl+V', {label: 'Paste shots or a picture', group, act: () => false});
  document.addEventListener('copy', event => {
    if (!free(event) || !line.picked().length || String(getSelection())) return;
    event.preventDefault();
    copied = line.picked();
    event.clipboardData.setData(ours, state.story.story);
    line.say(`${copied.length === 1 ? 'Shot' : `${copied.length} shots`} copied`);
  });
  document.addEventListener('paste', event => {
    if (!free(event)) return;
    const files = [...event.clipboardData.files];
    const there = copied.filter(shotOf);
    if (files.length) line.addFiles(files, line.here());
    else if (event.clipboardData.getData(ours) === state.story.story && there.length) {
      line.duplicate(there);
    } else return;
    event.preventDefault();
  });

  return () => {
    const chosen = line.picked(), none = chosen.length ? '' : 'Select a shot first';
    const videos = chosen.filter(id => shotOf(id).kind === 'video');
    refuse(buttons.left, none || (line.step(-1) === undefined ? 'Nothing stands before it' : ''));
    refuse(buttons.right, none || (line.step(1) === undefined ? 'Nothing stands after it' : ''));
    refuse(buttons.duplicate, none);
    refuse(buttons.split, line.cut() ? '' : none || 'One frame cannot be split');
    refuse(buttons.remove, none);
    put(buttons.scenes, 'hidden', !videos.length);
    const {length} = state.story.shots;
    put(sum, 'textContent', !length ? 'No shots yet' : [
      `${length} ${length === 1 ? 'shot' : 'shots'}`, seconds(scale.total),
      chosen.length > 1 ? `${chosen.length} selected` : '',
    ].filter(Boolean).join(' · '));
  };
};
