/* The sample story's pictures, to add to any story. */
import {h} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {openAbove} from '../kit/popover.js';
import {state} from '../store/store.js';

/** @param {Line} line */
export function sampleGallery(line) {

  /** @param {() => void} done */
  const gallery = done => h('ul', {class: 'sb-gallery', 'aria-label': 'Sample pictures'},
    ...state.catalogue.samples.map(({name, title, thumb}) => h('li', {}, h('button', {
      type: 'button', title: `Add “${title}”`, onclick: () => {
        done();
        line.make('add_sample', {name, before: line.here()});
      },
    }, h('img', {src: thumb, alt: '', loading: 'lazy', draggable: 'false'}),
    h('span', {}, title)))));

  const box = h('div', {
    class: 'sb-popover', id: 'sb-samples', popover: 'auto', role: 'dialog', 'aria-label': 'Samples',
  });
  const opener = h('button', {
    type: 'button', class: 'sb-button quiet', 'aria-haspopup': 'dialog',
    popovertarget: 'sb-samples', title: 'Samples',
  }, icon('samples'), h('span', {}, 'Samples'));
  box.append(gallery(() => box.hidePopover()));
  openAbove(box, opener);
  line.gallery = () => gallery(() => {});
  return [opener, box];
}
