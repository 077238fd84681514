/* The bottom line: what is being rendered, how far it is, and how to stop it. */
storyboard.status = (element, {props, watch}) => {
  const {state, send, button, refuse, put, attr} = storyboard;
  const find = name => element.querySelector(name);
  const doing = find('.sb-doing'), progress = find('.sb-progress'), count = find('.sb-count');
  const facts = find('.sb-facts');
  const cancel = button('Cancel', {kind: 'quiet', action: () => {
    send('cancel', {job: state.progress.job.id});
  }});
  find('.sb-cancel').append(cancel);

  storyboard.onDraw(({story, progress: now}) => {
    const {job} = now;
    const busy = Boolean(job && job.busy);
    const percent = busy ? Math.floor((job.writing || job.fraction || 0) * 100) : 0;
    put(progress, 'hidden', !busy);
    attr(progress, 'aria-valuenow', percent);
    progress.firstElementChild.style.width = `${percent}%`;
    put(find('.sb-cancel'), 'hidden', !busy);
    refuse(cancel, job && job.state === 'cancelling' ? 'It stops at the next frame' : '');
    put(doing, 'textContent', says(job, now));
    put(doing, 'title', job && job.message ? job.message : '');
    const bad = job ? job.state === 'failed' : Boolean(now.plan_problem);
    attr(doing, 'data-bad', bad || (!busy && now.plan_problem) ? 'yes' : null);
    const waiting = now.waiting ? ` · ${now.waiting} more waiting` : '';
    put(count, 'textContent', busy && job.total
      ? `${job.done} of ${job.total} clips${waiting}` : '');
    const {settings} = story;
    put(facts, 'textContent',
      `${settings.width} × ${settings.height} · ${settings.fps} fps · ${settings.quality}`);
  });

  function says(job, now) {
    if (job && job.busy) {
      if (job.state === 'cancelling') return 'Cancelling…';
      if (job.state === 'queued') {
        return job.ahead ? `${job.label} waits, ${job.ahead} before it` : `${job.label} starts`;
      }
      const what = job.doing || job.label.toLowerCase();
      return what.startsWith('writing') ? `W${what.slice(1)}` : `Rendering ${what}`;
    }
    if (now.plan_problem) return now.plan_problem;
    if (job && job.state === 'failed') return `${job.label}: ${job.message}`;
    if (job && job.state === 'cancelled') return job.message;
    if (job && job.state === 'done') {
      return job.kind === 'story' ? 'The story is rendered.' : `${job.label} is rendered.`;
    }
    if (!state.story.shots.length) return 'Add images or videos to begin.';
    const left = now.to_make || 0;
    if (!left) return 'All parts are rendered.';
    return `${left} ${left === 1 ? 'part' : 'parts'} not rendered yet`;
  }

  watch('value', () => storyboard.follow(props.value));
  storyboard.follow(props.value);
};
