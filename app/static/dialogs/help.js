/* The overlay `?`: every key that the parts of the page have said they know, and what fingers do. */
import {dialog} from '../kit/dialog.js';
import {button, h} from '../kit/dom.js';
import {shortcut, shortcuts} from '../kit/shortcuts.js';
import {makeTour} from '../tour/tour.js';

/** @param {HTMLElement} element */
export function mountHelp(element) {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const COLUMNS = [['Playing', 'Story', 'Window'], ['Timeline', 'Editing']];
  const TOUCH = [
    ['Select', 'Tap a card or a transition'], ['Select several', 'Hold one, then tap others'],
    ['Move a shot', 'Drag it by its grip'],
    ['What can be done', 'Hold a sound, an empty place, or once more'],
    ['Trim the end, or the start', 'Drag the right edge, or the left one'],
    ['Scroll the timeline', 'Swipe over the cards'],
    ['Move the playhead', 'Drag along the ruler'], ['Play and pause', 'Tap the picture'],
    ['Divide the window', 'Drag the handle between two parts'],
  ];
  /** @type {Record<string, string>} */
  const NAMES = {
    ' ': 'Space', Escape: 'Esc', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓',
    ...(mac ? {Ctrl: '⌘', Alt: '⌥', Shift: '⇧'} : {}),
  };
  const coarse = window.matchMedia('(pointer: coarse)');
  const {box, open, close} = dialog('help', element, {opened: draw});
  const tour = makeTour(element);
  box.querySelector('.sb-dialog-close').prepend(button('Take the tour', {action: () => {
    close();
    tour.start();
  }}));

  /** @param {string} keys */
  const caps = keys => keys.split(/(?<=.)\+/)  // not at the key + itself
    .map(key => h('kbd', {}, NAMES[key] || key));
  /** @param {string[]} keys */
  const ways = keys => keys.flatMap((one, i) => [i ? ' or ' : '', ...caps(one)]);

  /** @param {string} group */
  function list(group) {
    const lines = shortcuts().filter(known => known.group === group)
      .map(({keys, label}) => h('div', {}, h('dt', {}, label), h('dd', {}, ...ways(keys))));
    return h('section', {}, h('h3', {}, group), h('dl', {}, ...lines));
  }

  const touch = () => h('section', {}, h('h3', {}, 'Touch'), h('dl', {}, ...TOUCH.map(
    ([what, how]) => h('div', {}, h('dt', {}, what), h('dd', {}, how)))));

  function draw() {
    const columns = COLUMNS.map(groups => h('div', {}, ...groups.map(list)));
    columns[0][coarse.matches ? 'prepend' : 'append'](touch());
    box.querySelector('.sb-dialog-body').replaceChildren(...columns);
  }

  shortcut('?', {label: 'Keys and touch', group: 'Story', act: open});
}
