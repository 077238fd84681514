/* The offer of the model that engines look at pictures with: for the first part of a visit that it
   would change, until another is selected or somebody wants to hear no more of it. */
import {openDialog} from '../kit/dialog.js';
import {button, h, put} from '../kit/dom.js';
import {downloadSize} from '../kit/words.js';
import {itemOf, ownerOf, standingOf, state} from '../store/store.js';
import {engineOf} from './engines.js';

const KEY = 'storyboard-eyes-refused';

export function eyesOffer() {
  const {eyes} = state.catalogue;
  let offered = '';  // for which part
  let over = !eyes || localStorage.getItem(KEY) === 'yes';
  const element = h('div', {class: 'sb-eyes', role: 'note', hidden: true});
  if (eyes) {
    element.append(
      h('p', {}, h('b', {}, `${eyes.title}, ${downloadSize(eyes.bytes)}`),
        h('span', {class: 'sb-eyes-why'}, ': faces stay whole, and near things pass before far ones.'), ' ',
        button('More about it', {kind: 'link', action: () => openDialog('models', eyes.name)})),
      button('Do not offer it again', {
        image: 'close', text: false, kind: 'quiet', action: () => {
          localStorage.setItem(KEY, 'yes');
          over = true;
          element.hidden = true;
        },
      }));
  }

  /** @param {Selected} selected */
  function helps(selected) {
    const item = itemOf(selected);
    if (selected.kind === 'shot' && /** @type {Shot} */ (item).kind !== 'image') return false;
    return standingOf(ownerOf(selected)).state !== 'cut' && engineOf(item.engine).eyes_missing;
  }

  return {
    element,
    /** `selected` is null where something else is inspected.
     * @param {Selected | null} selected */
    update(selected) {
      over ||= Boolean(selected && offered && offered !== ownerOf(selected));
      const shown = Boolean(!over && selected && helps(selected));
      if (shown) offered = ownerOf(selected);
      put(element, 'hidden', !shown);
    },
  };
}
