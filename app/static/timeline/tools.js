/* The buttons above the strip, and the keys that do the same. */
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {openAbove} from '../kit/popover.js';
import {shortcut} from '../kit/shortcuts.js';
import {seconds} from '../kit/words.js';
import {itemOf, ownerOf, shotOf, state} from '../store/store.js';
import {sampleGallery} from './samples.js';
import {scale} from './scale.js';
import {pickedWords} from './selecting.js';

/** @type {(line: Line, bar: HTMLElement) => () => void} */
export const tools = (line, bar) => {
  const sum = bar.querySelector('.sb-sum'), actions = bar.querySelector('.sb-actions');
  const group = 'Timeline';

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
  adder.title = 'Add images or videos';
  const card = button('Title card', {
    image: 'title', kind: 'quiet', title: 'Title card', action: line.addCard,
  });
  const buttons = {
    left: tool('Move left', 'left', () => shift(-1), 'Alt+ArrowLeft'),
    right: tool('Move right', 'right', () => shift(1), 'Alt+ArrowRight'),
    duplicate: tool('Duplicate', 'copy', () => line.duplicate(), 'Control+D'),
    split: tool('Split', 'split', () => line.split(), 'S'),
    scenes: button('Split into scenes', {
      image: 'scenes', kind: 'quiet', title: 'Split into scenes',
      action: () => line.findScenes(line.picked()),
    }),
    remove: tool('Remove', 'trash', () => line.remove(), 'Delete'),
  };
  // In the row where there is room, and else in a menu that `rest` opens.
  const edit = h('div', {class: 'sb-edit', id: 'sb-edit', popover: 'auto'}, card, ...samples,
    h('span', {class: 'sb-rule'}), ...Object.values(buttons));
  const rest = h('button', {
    type: 'button', class: 'sb-button quiet sb-edit-more', popovertarget: edit.id, 'aria-label': 'More tools',
    title: 'More tools',
  }, icon('more'));
  openAbove(edit, rest);
  actions.append(adder, rest, edit);

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
  for (const [key, label] of [[']', 'longer'], ['[', 'shorter']]) {
    const by = key === ']' ? 0.5 : -0.5;
    shortcut(key, {label: `Half a second ${label}`, group, act: () => {
      if (!state.selected) return false;
      const name = ownerOf(state.selected);
      line.last(name, line.whole(name, itemOf(state.selected).duration_s + by));
      return true;
    }});
  }

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
      state.picked.length > 1 && !state.selecting ? `${pickedWords()} selected` : '',
    ].filter(Boolean).join(' · '));
  };
};
