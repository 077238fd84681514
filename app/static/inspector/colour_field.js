/* A choice of a few colours, and any other. */
import {attr, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';

/** `known` are the colours with their names; '' stands for none.
 * @type {(label: string, known: string[][], commit: (colour: string) => void)
 *   => {element: HTMLElement, update: (colour: string) => void}} */
export function colourField(label, known, commit) {
  const choice = fields.chips(label, {
    commit,
    face: ({value}) => h('i', {
      class: 'sb-swatch', style: `background: ${value || 'linear-gradient(135deg, #000, #555)'}`,
    }),
  });
  const own = h('input', {
    type: 'color', 'aria-label': `${label}: another`, onchange: () => commit(own.value),
  });
  choice.element.classList.add('sb-colours');
  choice.element.querySelector('.sb-tiles').after(own);
  return {element: choice.element, update(colour) {
    choice.update(colour, {options: known.map(([value, name]) => ({value, label: name}))});
    if (colour) put(own, 'value', colour);
    attr(own, 'data-chosen', known.some(([value]) => value === colour) ? null : 'yes');
  }};
}
