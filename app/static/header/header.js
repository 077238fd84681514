/* The title bar: the story's name, undo, what can be opened, and the button that renders. */
import {openDialog} from '../kit/dialog.js';
import {attr, button, h, put, refuse} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {shortcut} from '../kit/shortcuts.js';
import {formatOf, refusal, renderStory} from '../store/rendering.js';
import {onDraw, send, set, state, unsaved} from '../store/store.js';

/** @param {HTMLElement} element */
export function mountHeader(element) {
  /** @type {HTMLInputElement} */
  const title = element.querySelector('.sb-title');
  const saved = element.querySelector('.sb-saved');

  /** @type {(label: string, image: string, action: () => void) => HTMLButtonElement} */
  const sign = (label, image, action) => (
    button(label, {image, text: false, kind: 'quiet', action}));
  const undo = sign('Undo', 'undo', () => send('undo'));
  const redo = sign('Redo', 'redo', () => send('redo'));
  element.querySelector('.sb-history').append(undo, redo);
  const choose = button('Two versions', {
    image: 'alert', kind: 'sb-choose', title: 'This story was changed elsewhere: choose a version',
    action: () => openDialog('versions'),
  });
  saved.after(choose);

  // One row where there is room for it, and else a menu that `more` opens.
  const menu = h('div', {class: 'sb-menu', id: 'sb-menu', popover: 'auto'});
  const more = h('button', {
    type: 'button', class: 'sb-button quiet sb-more', popovertarget: menu.id, 'aria-label': 'More',
  }, icon('more'));

  /** `plain`: its sign alone says enough where there is room.
   * @type {(label: string, image: string, action: () => void, plain?: boolean)
   *   => HTMLButtonElement} */
  const tool = (label, image, action, plain = false) => {
    const made = button(label, {image, kind: 'quiet', action: () => {
      menu.hidePopover();
      action();
    }, title: label, 'aria-label': label});
    made.classList.toggle('sb-plain', plain);
    return made;
  };
  const stories = tool('Stories', 'folder', () => openDialog('stories'));
  const models = tool('Models', 'models', () => openDialog('models'));
  const checks = tool('Checks', 'gauge', () => {
    set({panel: state.panel === 'quality' ? 'selection' : 'quality'});
  });
  const settings = tool('Story settings', 'settings', () => {
    set({panel: state.panel === 'story' ? 'selection' : 'story'});
  });
  const earlier = tool('Earlier versions', 'history', () => openDialog('history'), true);
  const theme = tool('Light or dark', 'theme', () => {
    const {dataset} = document.documentElement;
    const theme = dataset.theme = dataset.theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem('storyboard-theme', theme);
  }, true);
  const help = tool('Keys and touch', 'help', () => openDialog('help'), true);
  menu.append(stories, models, checks, settings, earlier, theme, help);
  if (document.querySelector('meta[name="storyboard-login"]')) {
    menu.append(tool('Log out', 'leave', async () => {
      await fetch('logout', {method: 'POST'});
      location.reload();
    }, true));
  }
  const render = button('Render story', {
    kind: 'primary', action: () => renderStory(), 'aria-label': 'Render story',
  });
  render.append(h('span', {class: 'sb-wide'}, 'story'));
  render.firstChild.textContent = 'Render';
  const options = button('Export options', {
    image: 'down', text: false, kind: 'primary', action: () => openDialog('export'),
    'aria-haspopup': 'dialog',
  });
  element.querySelector('.sb-tools').append(more, menu,
    h('div', {class: 'sb-split', role: 'group', 'aria-label': 'Render'}, render, options));

  let typed = 0;
  const commit = () => {
    clearTimeout(typed);
    if (title.value !== state.story.title) send('set_title', {title: title.value});
  };
  title.addEventListener('input', () => { clearTimeout(typed); typed = setTimeout(commit, 700); });
  title.addEventListener('change', commit);
  title.addEventListener('keydown', event => event.key === 'Enter' && title.blur());

  shortcut('Ctrl+Enter', {
    label: 'Render the story', group: 'Story', act: () => { if (!refusal()) renderStory(); },
  });
  // In a text field the browser's own undo is meant, so these do not reach it there.
  shortcut('Ctrl+Z', {
    label: 'Undo', group: 'Editing', act: () => state.story.undo && send('undo'),
  });
  shortcut(['Ctrl+Shift+Z', 'Ctrl+Y'], {
    label: 'Redo', group: 'Editing', act: () => state.story.redo && send('redo'),
  });
  // Whoever presses this out of habit is told that there is no need.
  let nudged = 0;
  shortcut('Ctrl+S', {label: 'Save: all is saved already', group: 'Story', act: () => {
    clearTimeout(nudged);
    nudged = setTimeout(() => set({saidSaved: false}), 2500);
    set({saidSaved: true});
  }});
  // Do not lose an edit that is still on its way.
  window.addEventListener('beforeunload', event => {
    if (unsaved() && state.lost) event.preventDefault();
  });

  onDraw(({story}) => {
    if (document.activeElement !== title) put(title, 'value', story.title);
    refuse(undo, story.undo ? '' : 'Nothing to undo');
    refuse(redo, story.redo ? '' : 'Nothing to redo');
    const problem = state.lost ? 'No answer from the server; trying again' : story.problem;
    put(choose, 'hidden', !story.elsewhere);
    put(saved, 'textContent', problem ? 'Not saved' : unsaved() ? 'Saving…'
      : state.saidSaved ? 'Every change is saved already' : 'Saved');
    put(saved, 'hidden', Boolean(story.elsewhere) && !problem);
    put(saved, 'title', problem || 'Every change is saved at once');
    attr(saved, 'data-problem', problem ? 'yes' : null);
    attr(settings, 'aria-pressed', state.panel === 'story');
    attr(checks, 'aria-pressed', state.panel === 'quality');
    // Where the film is ready to be played, that comes first.
    const main = state.view !== 'video' || !state.progress.video;
    for (const one of [render, options]) one.classList.toggle('primary', main);
    render.dataset.title = `Render the whole story as ${formatOf(state.format).title}`;
    refuse(render, refusal());
    refuse(options, story.shots.length ? '' : 'Add an image or a video first');
  });
}
