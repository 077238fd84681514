/* Why a part could not be rendered, with a button that tries it again: what was finished is kept, so
   only what failed is made. Where its engine's weights are not here, they are a press away. */
import {openDialog} from '../kit/dialog.js';
import {button, h, put} from '../kit/dom.js';
import {send, standingOf, state} from '../store/store.js';

export function failure() {
  const words = h('span');
  /** @type {string | undefined} */
  let job;
  const retry = button('Retry', {
    image: 'retry', kind: 'quiet', action: () => send('retry', {job}),
  });
  const models = button('Open Models', {
    image: 'models', kind: 'quiet', action: () => openDialog('models'),
  });
  const element = h('div', {class: 'sb-reason', hidden: true}, words, retry, models);
  return {element, update(/** @type {string} */ owner) {
    const now = standingOf(owner), {jobs = []} = state.progress;
    job = now.job;
    put(words, 'textContent', now.reason || '');
    put(retry, 'hidden', !job || jobs.some(one => one.id === job && one.busy));
    put(models, 'hidden', !now.weights);
    put(element, 'hidden', !now.reason);
  }};
}
