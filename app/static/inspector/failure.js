/* Why a part could not be rendered, with a button that tries it again: what was finished is kept, so
   only what failed is made. Where its engine's weights are not here, they are a press away. */
storyboard.failure = () => {
  const {h, button, put, send, standing} = storyboard;
  const words = h('span');
  let job = null;
  const retry = button('Retry', {
    image: 'retry', kind: 'quiet', action: () => send('retry', {job}),
  });
  const models = button('Open Models', {
    image: 'models', kind: 'quiet', action: () => storyboard.openModels(),
  });
  const element = h('div', {class: 'sb-reason', hidden: true}, words, retry, models);
  return {element, update(owner) {
    const now = standing(owner), {jobs = []} = storyboard.state.progress;
    job = now.job;
    put(words, 'textContent', now.reason || '');
    put(retry, 'hidden', !job || jobs.some(one => one.id === job && one.busy));
    put(models, 'hidden', !now.weights);
    put(element, 'hidden', !now.reason);
  }};
};
