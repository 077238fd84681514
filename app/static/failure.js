/* Why a part could not be rendered, with a button that tries it again: what was finished is kept, so
   only what failed is made. */
storyboard.failure = () => {
  const {h, button, put, send, standing} = storyboard;
  const words = h('span');
  let job = null;
  const retry = button('Retry', {
    image: 'retry', kind: 'quiet', action: () => send('retry', {job}),
  });
  const element = h('div', {class: 'sb-reason', hidden: true}, words, retry);
  return {element, update(owner) {
    const now = standing(owner);
    job = now.job;
    put(words, 'textContent', now.reason || '');
    put(retry, 'hidden', !job);
    put(element, 'hidden', !now.reason);
  }};
};
