/* The top bar: title, undo and redo, whether all is saved, stories, and the one primary button. */
storyboard.header = element => {
  const {state, send, set, h, button, refuse, put, attr} = storyboard;
  const title = element.querySelector('.sb-title');
  const saved = element.querySelector('.sb-saved');

  const sign = (label, image, action) => (
    button(label, {image, text: false, kind: 'quiet', action}));
  const undo = sign('Undo', 'undo', () => send('undo'));
  const redo = sign('Redo', 'redo', () => send('redo'));
  element.querySelector('.sb-history').append(undo, redo);

  const list = h('ul', {class: 'sb-stories'});
  const fresh = button('New story', {image: 'add', kind: 'quiet', action: () => {
    menu.open = false;
    send('new_story');
  }});
  const menu = h('details', {class: 'sb-menu'},
    h('summary', {class: 'sb-button quiet', title: 'Your stories'},
      storyboard.icon('folder'), h('span', {class: 'sb-wide'}, 'Stories')),
    h('div', {class: 'sb-popover'}, list, fresh));
  const settings = button('Story settings', {image: 'settings', kind: 'quiet', action: () => {
    set({panel: state.panel === 'story' ? 'selection' : 'story'});
  }});
  settings.querySelector('span').className = 'sb-wide';
  settings.setAttribute('aria-label', 'Story settings');
  const models = button('Models', {image: 'models', kind: 'quiet', action: () => {
    storyboard.openModels();
  }});
  models.querySelector('span').className = 'sb-wide';
  models.setAttribute('aria-label', 'Models');
  const theme = sign('Light or dark', 'theme', () => {
    const dark = document.body.classList.toggle('dark');
    const theme = document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    localStorage.setItem('storyboard-theme', theme);
  });
  const render = button('Render story', {kind: 'primary', action: () => {
    set({view: 'video'});
    send('render', {format: state.format});
  }});
  element.querySelector('.sb-tools').append(menu, models, settings, theme, render);

  let typed = 0;
  const commit = () => {
    clearTimeout(typed);
    if (title.value !== state.story.title) send('set_title', {title: title.value});
  };
  title.addEventListener('input', () => { clearTimeout(typed); typed = setTimeout(commit, 700); });
  title.addEventListener('change', commit);
  title.addEventListener('keydown', event => event.key === 'Enter' && title.blur());

  document.addEventListener('click', event => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && menu.open) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
  // In a text field the browser's own undo is meant, so these do not reach it there.
  storyboard.shortcut('Ctrl+Z', {
    label: 'Undo', group: 'Editing', act: () => state.story.undo && send('undo'),
  });
  storyboard.shortcut(['Ctrl+Shift+Z', 'Ctrl+Y'], {
    label: 'Redo', group: 'Editing', act: () => state.story.redo && send('redo'),
  });
  // Do not lose an edit that is still on its way.
  window.addEventListener('beforeunload', event => {
    if (storyboard.unsaved() && state.lost) event.preventDefault();
  });

  storyboard.onDraw(({story, progress}) => {
    if (document.activeElement !== title) put(title, 'value', story.title);
    refuse(undo, story.undo ? '' : 'Nothing to undo');
    refuse(redo, story.redo ? '' : 'Nothing to redo');
    const problem = state.lost ? 'No answer from the server; trying again' : story.problem;
    put(saved, 'textContent', problem ? 'Not saved' : storyboard.unsaved() ? 'Saving…' : 'Saved');
    put(saved, 'title', problem || 'Every change is saved at once');
    attr(saved, 'data-problem', problem ? 'yes' : null);
    attr(settings, 'aria-pressed', state.panel === 'story');

    const job = progress.job;
    const reason = !story.shots.length ? 'Add an image or a video first'
      : progress.plan_problem
        || (job && job.busy && job.kind === 'story' ? 'The story is being rendered already' : '');
    render.dataset.title = `Render the whole story as ${state.format.toUpperCase()}`;
    refuse(render, reason);

    menu.hidden = !story.stories.length;
    list.replaceChildren(...story.stories.map(({name, title: words}) => {
      const here = name === story.story;
      return h('li', {}, h('button', {
        type: 'button', 'aria-current': here ? 'true' : null,
        onclick: () => {
          menu.open = false;
          if (!here) send('open_story', {name});
        },
      }, words || 'Untitled story'));
    }));
  });
};
