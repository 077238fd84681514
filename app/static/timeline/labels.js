/* Colour labels of shots: what belongs together is seen on the strip, in the map of the story and on the
   board. */
import {attr, h, refuse} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {openAbove} from '../kit/popover.js';
import {onDraw, send, shotOf} from '../store/store.js';

/** @type {Label[]} */
const LABELS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'];

/** @param {Line} line */
export function labels(line) {
  /** @type {(label: Label | null) => HTMLElement} */
  const swatch = label => h('button', {
    type: 'button', class: 'sb-swatch', 'data-label': label, title: label ? `${label} label` : 'No label',
    'aria-label': label ? `${label} label` : 'No label',
    onclick: () => {
      box.hidePopover();
      send('set_many', {changes: [{owners: line.picked(), fields: {label}}]});
    },
  }, label ? null : icon('close'));
  const swatches = [null, ...LABELS].map(swatch);
  const box = h('div', {
    class: 'sb-popover sb-swatches', id: 'sb-labels', popover: 'auto', role: 'group',
    'aria-label': 'Label of the selected shots',
  }, ...swatches);
  const opener = h('button', {
    type: 'button', class: 'sb-button quiet', 'aria-label': 'Label', 'aria-haspopup': 'true',
    'data-title': 'Label the selected shots with a colour',
  }, icon('label'));
  opener.addEventListener('click', () => {
    if (opener.getAttribute('aria-disabled') !== 'true') box.togglePopover();
  });
  openAbove(box, opener);
  line.element.querySelector('.sb-edit').append(opener, box);
  onDraw(() => {
    const chosen = line.picked();
    refuse(opener, chosen.length ? '' : 'Select a shot first');
    swatches.forEach((one, i) => attr(one, 'aria-pressed', chosen.length > 0
      && chosen.every(id => (shotOf(id).label || null) === [null, ...LABELS][i])));
  });
}
