/* Whether the two scenes of a transition have enough in common for a smooth one, and what helps
   where they have not. The server looks at them when the transition is selected. */
import {attr, button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {send, shotOf, state} from '../store/store.js';
import {uploadAll} from '../kit/uploads.js';
import {engineOf} from './engines.js';

/**
 * @param {{edge: () => Edge, longer: () => void, bridge: (files: Sent[]) => void}} given */
export function unlikeNote({edge, longer, bridge}) {
  /** @type {Set<string>} */
  const asked = new Set();
  const words = h('p');
  const stretch = button('Make it longer', {action: longer});
  const chooser = fields.files('Add a bridge', {
    image: 'image', accept: state.catalogue.media,
    chosen: files => uploadAll(files.slice(0, 1), bridge),
  });
  chooser.title = 'A picture that goes between the two';
  const actions = h('div', {class: 'sb-unlike-actions'}, stretch, chooser);
  const element = h('div', {class: 'sb-unlike', role: 'note'}, words, actions);

  /** @param {Edge} edge */
  function ask({owner, left, right}) {
    // Asked again when a picture has changed, by its address.
    const key = [owner, ...[left, right].map(id => {
      const {thumb, colour, duration_s: length} = shotOf(id);
      return [thumb || colour, length];
    })].join();
    if (asked.has(key) || (state.progress.likeness || {})[owner]) return;
    asked.add(key);
    // Not from within a drawing: the command is drawn, too.
    queueMicrotask(() => send('compare', {left, right}));
  }

  return {
    element,
    update(/** @type {boolean} */ cut) {
      const now = edge(), used = engineOf(now.engine);
      if (!cut) ask(now);
      const {unlike} = (state.progress.likeness || {})[now.owner] || {};
      put(element, 'hidden', cut || !unlike);
      const fine = used.joins_unlike;
      attr(element, 'data-tone', fine ? 'plain' : 'warn');
      put(stretch, 'hidden', fine);
      refuse(stretch, now.duration_s >= 60 ? 'It is as long as can be' : '');
      put(words, 'textContent', fine
        ? `These scenes have little in common. ${used.title} does not need it.`
        : 'These scenes have little in common: a smooth transition between them is unlikely. '
          + 'A longer one, or a picture between the two, will look better.');
    },
  };
}
