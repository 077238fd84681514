/* Rendering the story into a file: at once with what was chosen last, or after a look at the Export
   dialog. Size, rate, quality and fades are the story's own and saved with it; the format is
   remembered in this browser, for each story. */
(() => {
  const {state, send, set} = storyboard;
  const formats = {
    mp4: ['MP4', 'Plays everywhere, with sound'],
    webm: ['WebM', 'Smaller, with sound; takes longer to write'],
    gif: ['GIF', 'No sound, at most 640 pixels wide, and large'],
    zip: ['PNG sequence', 'Every frame without loss in one .zip, no sound, very large'],
  };
  let story = '', format = '';

  function renderStory(options = {}) {
    set({view: 'video'});
    send('render', {format: state.format, ...options});
  }

  /* Why the story cannot be rendered now. */
  function refusal() {
    const {job} = state.progress;
    return !state.story.shots.length ? 'Add an image or a video first'
      : state.progress.plan_problem
        || (job && job.busy && job.kind === 'story' ? 'The story is being rendered already' : '');
  }

  storyboard.onDraw(() => {
    const key = `storyboard-format-${state.story.story}`;
    if (state.story.story !== story) {
      story = state.story.story;
      const kept = localStorage.getItem(key);
      state.format = state.catalogue.formats.includes(kept) ? kept : 'mp4';
    } else if (state.format !== format) localStorage.setItem(key, state.format);
    format = state.format;
  });

  Object.assign(storyboard, {formats, renderStory, refusal});
  storyboard.shortcut('Ctrl+Enter', {
    label: 'Render the story', group: 'Story', act: () => { if (!refusal()) renderStory(); },
  });
})();

storyboard.export = element => {
  const {state, set, send, h, icon, button, refuse, put, fields} = storyboard;
  const {formats, renderStory, refusal} = storyboard;
  const {box, open, close} = storyboard.dialog(element, {opened: () => update()});
  let story = '', typed = false;

  const change = changed => send('set_settings', {fields: changed});
  const format = fields.chips('File', {commit: chosen => set({format: chosen})});
  const quality = fields.chips('Quality', {commit: chosen => change({quality: chosen})});
  const size = fields.select('Size', {commit: value => {
    const [width, height] = value.split('x').map(Number);
    change({width, height});
  }});
  const fps = fields.select('Frames a second', {commit: value => change({fps: Number(value)})});
  const fade = (label, name) => fields.number(label, {
    min: 0, max: 60, unit: 's', commit: value => change({[name]: value}),
  });
  const fadeIn = fade('Fade in', 'fade_in_s'), fadeOut = fade('Fade out', 'fade_out_s');
  const captions = h('input', {type: 'checkbox', checked: true});
  const captionHint = h('span', {class: 'sb-hint'});
  const sound = h('span');
  const music = button('Change', {kind: 'quiet', action: () => {
    close();
    set({panel: 'story'});
  }});
  const name = fields.text('File name', {length: 80, commit: () => { typed = true; }});
  const nameInput = name.element.querySelector('input');
  const parts = h('b'), output = h('span');
  const go = button('Render and export', {kind: 'primary', action: () => {
    close();
    renderStory({name: typed ? nameInput.value : '', captions: captions.checked});
  }});
  box.querySelector('.sb-dialog-body').append(
    format.element,
    h('div', {class: 'sb-row'}, quality.element, size.element),
    h('div', {class: 'sb-three'}, fps.element, fadeIn.element, fadeOut.element),
    h('div', {class: 'sb-extras'},
      h('label', {class: 'sb-captions'}, captions, h('span', {}, 'Captions'), captionHint),
      h('div', {class: 'sb-sound'}, icon('music'), sound, music)),
    name.element);
  box.querySelector('.sb-dialog-foot').append(h('p', {class: 'sb-estimate'}, parts, output), go);

  const listed = (list, value, label) => (
    list.some(option => option.value === value) ? list : [...list, {value, label}]);

  function update() {
    const {settings, shots, soundtrack, title} = state.story;
    format.update(state.format, {
      options: state.catalogue.formats.map(value => ({value, label: formats[value][0]})),
      hint: formats[state.format][1],
    });
    quality.update(settings.quality, {
      options: [{value: 'draft', label: 'Draft'}, {value: 'final', label: 'Final'}],
      hint: settings.quality === 'draft' ? 'Half the width and height, so much faster' : '',
    });
    const chosen = `${settings.width}x${settings.height}`;
    const sizes = state.catalogue.sizes.map(({width, height, label}) => (
      {value: `${width}x${height}`, label}));
    size.update(chosen, {options: listed(sizes, chosen, chosen.replace('x', ' × '))});
    const rates = state.catalogue.fps.map(f => ({value: String(f), label: `${f} fps`}));
    fps.update(String(settings.fps), {
      options: listed(rates, String(settings.fps), `${settings.fps} fps`)});
    fadeIn.update(settings.fade_in_s);
    fadeOut.update(settings.fade_out_s);
    const words = shots.some(shot => shot.caption && shot.kind !== 'card');
    put(captions, 'disabled', !words);
    put(captionHint, 'textContent', words ? '' : 'No shot has one');
    const mute = ['gif', 'zip'].includes(state.format);
    const track = soundtrack && soundtrack.file.replace(/-[0-9a-f]{8}(\.\w+)$/, '$1');
    put(sound, 'textContent', !track ? 'No soundtrack'
      : mute ? `${track}, left out of a ${formats[state.format][0]}`
        : `${track}, ${Math.round(soundtrack.volume * 100)} %`);
    put(music.lastChild, 'textContent', track ? 'Change' : 'Add music');
    if (!typed) name.update(title || 'story');
    put(parts, 'textContent', whatIsMade());
    put(output, 'textContent', whatComesOut());
    refuse(go, refusal());
  }

  function whatIsMade() {
    const {to_make: stale, states = {}, seconds_to_render: seconds} = state.progress;
    const all = storyboard.count(Object.keys(states).length, 'part');
    const time = seconds == null ? '' : `, ${storyboard.about(seconds)}`;
    if (!stale) return `All ${all} are rendered${time}`;
    return `${stale} of ${all} to render${time}`;
  }

  function whatComesOut() {
    const {settings, total_s: total} = state.story;
    const half = side => (settings.quality === 'final' ? side : Math.floor(side / 4) * 2);
    return `${half(settings.width)} × ${half(settings.height)} · ${settings.fps} fps · `
      + storyboard.seconds(total);
  }

  storyboard.openExport = open;
  storyboard.shortcut('Ctrl+E', {label: 'Export', group: 'Story', act: open});

  storyboard.onDraw(() => {
    if (state.story.story !== story) {
      story = state.story.story;
      typed = false;
      captions.checked = true;
    }
    if (box.open) update();
  });
};
