/* What Gradio itself has to say, of a lost connection or a server that is full, joins the page's own
   messages: its toasts would cover the stage, and be gone before they are read. Before there is a
   story they are all that is seen, and stay. */
import {hear, loaded} from './store.js';

loaded.then(() => {
  document.documentElement.dataset.heard = 'yes';
  new MutationObserver(changes => {
    const added = changes.flatMap(({addedNodes}) => [...addedNodes])
      .filter(node => node instanceof Element)
      .flatMap(node => [...node.querySelectorAll('[data-testid="toast-text"]')]);
    if (added.length) hear(added.map(({textContent}) => textContent));
  }).observe(document.querySelector('.toast-wrap'), {childList: true, subtree: true});
});
