/* The stage: the selected scene or transition, the frame in the making, or the finished video. */
storyboard.stage = element => {
  const {state, send, set, h, icon, button, refuse, put, attr} = storyboard;
  const find = name => element.querySelector(name);
  const picture = find('.sb-picture'), scenes = find('.sb-scenes'), video = find('.sb-video');
  const empty = find('.sb-empty'), badge = find('.sb-badge'), bar = find('.sb-stagebar');

  const words = h('p'), hint = h('p', {class: 'sb-soft'});
  const adder = storyboard.fields.files('Add images or videos', {
    image: 'image', accept: 'image/*,video/*', multiple: true, kind: 'primary',
    chosen: files => storyboard.addFiles(files),
  });
  empty.append(icon('film'), words, hint, adder);
  const halves = [0, 1].map(() => h('div', {class: 'sb-scene'}, h('img', {alt: ''}), h('span')));
  scenes.append(...halves);

  const selection = h('button', {
    type: 'button', class: 'sb-tab', onclick: () => set({view: 'selection'}),
  }, 'Selection');
  const result = h('button', {
    type: 'button', class: 'sb-tab', onclick: () => set({view: 'video'}),
  }, 'Story');
  const preview = button('Preview', {image: 'play', action: () => {
    set({view: 'selection'});
    send('preview', {owner: storyboard.owner(state.selected)});
  }});
  preview.classList.add('sb-preview');
  const download = h('a', {class: 'sb-button sb-download'}, icon('download'), h('span'));
  bar.append(h('div', {class: 'sb-tabs', role: 'group', 'aria-label': 'What the stage shows'},
    selection, result), h('div', {class: 'sb-stagetools'}, preview, download));

  // Several clips of one transition play one after the other, over and over.
  let playlist = [], at = 0;
  function play(urls, {loop, muted}) {
    if (urls.join() === playlist.join()) return;
    playlist = urls;
    at = 0;
    video.loop = loop && urls.length === 1;
    video.muted = muted;
    if (urls.length) {
      video.src = urls[0];
      video.play().catch(() => {});  // a browser may want a click first
    } else {
      video.removeAttribute('src');
      video.load();
    }
  }
  video.addEventListener('ended', () => {
    if (playlist.length < 2) return;
    at = (at + 1) % playlist.length;
    video.src = playlist[at];
    video.play().catch(() => {});
  });

  function show(which) {
    for (const part of [picture, scenes, video, empty]) put(part, 'hidden', part !== which);
    if (which !== video && playlist.length) play([], {});
  }

  function source(image, url) {
    if (image.getAttribute('src') !== (url || '')) attr(image, 'src', url);
  }

  function label(text, tone = '') {
    put(badge, 'hidden', !text);
    put(badge, 'textContent', text);
    attr(badge, 'data-tone', tone);
  }

  function nothing(text, more = '') {
    put(words, 'textContent', text);
    put(hint, 'textContent', more);
    put(adder, 'hidden', state.story.shots.length > 0);
    label('');
    show(empty);
  }

  storyboard.onDraw(({story, progress, selected, view}) => {
    const job = progress.job && progress.job.busy ? progress.job : null;
    attr(selection, 'aria-pressed', view === 'selection');
    attr(result, 'aria-pressed', view === 'video');
    element.querySelector('.sb-stage').style.setProperty(
      '--sb-ratio', `${story.settings.width} / ${story.settings.height}`);

    put(download, 'hidden', !progress.video);
    if (progress.video) {
      attr(download, 'href', progress.video.download);
      attr(download, 'download', progress.video.name);
      put(download.lastChild, 'textContent', `Download ${progress.video.kind.toUpperCase()}`);
      attr(download, 'title', progress.video.name);
    }
    put(preview, 'hidden', view !== 'selection' || !selected);
    if (selected) drawPreviewButton(selected, job);

    if (view === 'video') return drawVideo(progress, job);
    if (!selected) {
      return nothing('An empty story', 'Add images or videos below: each becomes a shot.');
    }
    if (job && job.kind !== 'story' && !state.take && job.owner === storyboard.owner(selected)) {
      return drawLive(job, selected);
    }
    drawSelection(progress, selected);
  });

  function drawPreviewButton(selected, job) {
    const owner = storyboard.owner(selected);
    const what = selected.kind === 'edge' ? 'transition' : 'shot';
    put(preview.lastChild, 'textContent', `Preview ${what}`);
    preview.dataset.title = `Render this ${what} as a quick draft and play it`;
    const standing = storyboard.standing(owner).state;
    refuse(preview, standing === 'cut' ? 'A cut has no frames; give it a duration first'
      : job && job.kind === 'preview' && job.owner === owner ? 'It is being rendered already'
        : state.progress.plan_problem || '');
  }

  function drawVideo(progress, job) {
    if (job && job.kind === 'story') return drawLive(job, null);
    const made = progress.video;
    if (!made) return nothing('Not rendered yet', 'Render story makes the whole video.');
    label(progress.to_make ? 'Rendered before the latest changes' : '');
    if (made.kind === 'gif') {
      source(picture, made.url);
      attr(picture, 'alt', 'The finished story');
      return show(picture);
    }
    show(video);
    play([made.url], {loop: false, muted: false});
  }

  function drawLive(job, selected) {
    const percent = job.fraction ? ` · ${Math.floor(job.fraction * 100)} %` : '';
    const text = job.state === 'queued'
      ? `${job.label} waits` : `Rendering ${job.doing || job.label}`;
    if (job.live) {
      source(picture, job.live);
      attr(picture, 'alt', 'The frame being rendered');
      show(picture);
    } else if (selected) {
      drawScenes(selected);
    } else {
      nothing('Rendering the story', 'The frames appear here as they are made.');
    }
    label(text + percent, 'busy');
  }

  function drawSelection(progress, selected) {
    const owner = storyboard.owner(selected);
    const clips = storyboard.clips(owner).map(clip => clip.url);
    const standing = storyboard.standing(owner);
    if (clips.length && standing.state !== 'cut') {
      show(video);
      play(clips, {loop: true, muted: true});
      return label(standing.state === 'ready' ? '' : `${title(selected)} · draft`);
    }
    drawScenes(selected);
    const failed = standing.state === 'failed';
    label(failed ? `Failed: ${standing.reason}` : title(selected), failed ? 'bad' : '');
  }

  function title(selected) {
    const {shots} = state.story;
    if (selected.kind === 'shot') {
      return `Shot ${shots.findIndex(shot => shot.id === selected.id) + 1}`;
    }
    const left = shots.findIndex(shot => shot.id === selected.owner.split('>')[0]) + 1;
    const cut = storyboard.standing(selected.owner).state === 'cut';
    return `${cut ? 'Cut' : 'Transition'} ${left} → ${left + 1}`;
  }

  function drawScenes(selected) {
    if (selected.kind === 'shot') {
      const shot = storyboard.shot(selected.id);
      if (shot.missing) return nothing('The picture is missing', shot.missing);
    }
    const ids = storyboard.owner(selected).split('>');
    halves.forEach((half, i) => {
      put(half, 'hidden', !ids[i]);
      if (ids[i]) drawScene(half, storyboard.shot(ids[i]));
    });
    scenes.classList.toggle('pair', ids.length > 1);
    show(scenes);
  }

  function drawScene(half, shot) {
    const [image, text] = half.children;
    source(image, shot.picture);
    put(image, 'hidden', !shot.picture);
    attr(image, 'alt', storyboard.name(shot));
    half.style.background = shot.colour || '';
    put(text, 'textContent', shot.kind === 'card' && shot.caption ? shot.caption.text : '');
  }
};
