/* The Stories dialog: every story of the visitor as a card, to be opened, named, copied, kept as a
   file or deleted. Its list comes only when it is asked for. */
import {dialog, openDialog} from '../kit/dialog.js';
import {attr, button, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {keyed} from '../kit/keyed.js';
import {shortcut} from '../kit/shortcuts.js';
import {ago, plural, seconds} from '../kit/words.js';
import {addressOf} from '../store/address.js';
import {hear, onDraw, send, state} from '../store/store.js';
import {openStoryFile} from '../kit/story_files.js';
import {newStory} from './new_story.js';

const byTitle = new Intl.Collator(undefined, {numeric: true}).compare;

/**
 * @param {HTMLElement} element
 * @param {Zone<StoriesList>} zone */
export function mountStories(element, {value, watch, send: ask}) {
  const {box, open, close} = dialog('stories', element, {opened: () => {
    fresh.close();
    list();
  }});
  /** @type {(name: string) => HTMLElement} */
  const find = name => element.querySelector(name);
  const bar = element.querySelector('.sb-stories-bar');
  const shelf = element.querySelector('.sb-shelf'), deleted = element.querySelector('.sb-deleted');
  const hint = h('p');
  const sought = h('input', {
    type: 'search', class: 'sb-seek', placeholder: 'Search', 'aria-label': 'Search stories',
    oninput: () => draw(),
  });
  const sorted = h('select', {class: 'sb-sorted', 'aria-label': 'Sort', onchange: () => draw()},
    ...Object.entries({latest: 'Latest first', title: 'By title', length: 'Longest first'}).map(
      ([value, label]) => h('option', {value}, label)));

  /* Of the story as it is now: what was just typed may still be on its way when this opens. */
  let listed = '';
  const present = () => `${state.story.story} ${state.story.rev}`;
  function list() {
    listed = present();
    ask({op: 'list'});
  }

  /* Answers may overtake each other, and of two at once only one is seen: look again when all is
     quiet. */
  let quiet = 0;
  /** @param {Record<string, string>} wish */
  function perform(wish) {
    ask(wish);
    clearTimeout(quiet);
    quiet = setTimeout(() => box.open && list(), 1000);
  }

  /** @type {(op: string, more?: Changes) => void} */
  const change = (op, more) => {
    close();
    send(op, more);
  };

  const fresh = newStory(fields => change('new_story', fields));
  const tools = h('div', {class: 'sb-stories-tools'},
    fresh.opener,
    fields.files('Open a story file', {
      image: 'open', accept: '.zip,application/zip', chosen: ([file]) => {
        close();
        openStoryFile(file);
      },
    }),
    button('Disk use', {image: 'gauge', kind: 'quiet', action: () => {
      close();
      openDialog('disk');
    }}));
  bar.append(tools, h('div', {class: 'sb-stories-find'}, sought, sorted), hint);
  shelf.before(fresh.choices);

  /** @param {StoryCard} card */
  function makeCard({name}) {
    const face = h('img', {alt: '', loading: 'lazy'});
    const words = h('b'), facts = h('span', {class: 'sb-card-facts'});
    // A link, so that a story can be opened in a tab of its own.
    const cover = h('a', {class: 'sb-cover', href: addressOf(name)}, face);
    cover.addEventListener('click', event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (name === state.story.story) close();
      else change('open_story', {name});
    });
    const input = h('input', {
      type: 'text', class: 'sb-rename', maxlength: '200', 'aria-label': 'Title', hidden: true,
    });
    const rename = tool('Rename', 'pencil', () => {
      input.value = words.textContent;
      edit(true);
      input.select();
    });
    const copy = tool('Duplicate', 'copy', () => perform({op: 'duplicate', name}));
    const save = h('a', {class: 'sb-button quiet', title: 'Save as a file, with its media'},
      icon('download'));
    const remove = tool('Delete', 'trash', () => {
      if (name === state.story.story) shown = name;
      perform({op: 'delete', name});
      find('.sb-dialog-close button').focus();  // the card goes, the focus stays
    });
    const root = h('li', {class: 'sb-book'}, cover,
      h('div', {class: 'sb-book-words'}, words, input, facts),
      h('div', {class: 'sb-book-tools'}, rename, copy, save, remove));
    words.addEventListener('dblclick', () => !rename.hidden && rename.click());

    /** @param {boolean} on */
    function edit(on) {
      put(input, 'hidden', !on);
      put(words, 'hidden', on);
      (on ? input : rename).focus();
    }
    function commit() {
      if (input.hidden) return;
      if (input.value !== words.textContent) perform({op: 'rename', name, title: input.value});
      edit(false);
    }
    input.addEventListener('blur', commit);
    input.addEventListener('keydown', event => {
      if (!['Enter', 'Escape'].includes(event.key)) return;
      event.preventDefault();  // neither presses the button that has the focus next
      event.stopPropagation();
      if (event.key === 'Escape') input.value = words.textContent;
      commit();
    });
    root.addEventListener('keydown', event => {
      if (event.key === 'F2' && !rename.hidden) rename.click();
    });

    return {root, update(/** @type {StoryCard} */ card) {
      const here = name === state.story.story, title = card.title || 'Untitled story';
      put(face, 'hidden', !card.thumb);
      attr(face, 'src', card.thumb);
      cover.style.background = card.colour || '';
      put(words, 'textContent', title);
      put(facts, 'textContent', card.damaged ? 'Cannot be opened'
        : [card.shots ? `${plural(card.shots, 'shot')} · ${seconds(card.total_s)}` : 'Empty',
          ago(card.changed)].join(' · '));
      attr(cover, 'aria-current', here ? 'true' : null);
      attr(cover, 'aria-label', `${here ? 'Go on with' : 'Open'} ${title}, ${facts.textContent}`);
      for (const [its, action] of Object.entries({Rename: rename, Duplicate: copy, Delete: remove})) {
        put(action, 'hidden', single || (card.damaged && action !== remove));
        attr(action, 'aria-label', `${its} ${title}`);
      }
      put(save, 'hidden', !card.archive);
      if (card.archive) {
        attr(save, 'href', card.archive);
        attr(save, 'download', card.archive_name);
        attr(save, 'aria-label', `Save ${title} as a file`);
      }
    }};
  }

  let single = false;  // whether this editor is for one story alone
  // What was on show when it was deleted from here, and whether that was undone: then it is again.
  let shown = '', wanted = '';
  /** @type {(label: string, image: string, action: () => void) => HTMLButtonElement} */
  const tool = (label, image, action) => (
    button(label, {image, text: false, kind: 'quiet', action}));

  /** @param {StoryCard} card */
  function makeDeleted({name, title}) {
    const undo = button('Undo', {kind: 'quiet', action: () => {
      if (name === shown) wanted = name;
      perform({op: 'restore', name});
    }});
    return {root: h('li', {}, icon('trash'), h('span', {}, `Deleted “${title}”.`), undo), update() {}};
  }

  let latest = value();

  /** Those that are sought, in the chosen order; they come with the latest first.
   * @param {StoryCard[]} cards */
  function found(cards) {
    const words = sought.value.trim().toLowerCase();
    const some = cards.filter(({title}) => title.toLowerCase().includes(words));
    if (sorted.value === 'title') some.sort((a, b) => byTitle(a.title, b.title));
    if (sorted.value === 'length') some.sort((a, b) => (b.total_s || 0) - (a.total_s || 0));
    return some;
  }

  function draw() {
    const {stories = [], deleted: gone = [], for_one: one} = latest;
    single = one;
    put(tools, 'hidden', Boolean(one));
    put(hint, 'textContent', one
      ? 'This editor was started for one story. Start it without to have several.' : '');
    put(hint, 'hidden', !one);
    put(sought.parentElement, 'hidden', stories.length < 2);
    keyed(shelf, found(stories), card => card.name, makeCard);
    keyed(deleted, gone, card => card.name, makeDeleted);
  }

  shortcut('Ctrl+O', {label: 'Stories', group: 'Story', act: open});
  let asked = '';
  window.addEventListener('popstate', close);  // back to another one
  onDraw(() => {
    if (!box.open) return;
    draw();
    if (listed !== present()) list();
  });

  watch('value', () => {
    hear(value().messages);
    if (!value().stories || value().answer < latest.answer) return;  // or it was overtaken
    latest = value();
    draw();
    // What was done here may be done to the story that is on show.
    const {stories = [], deleted: gone = []} = latest;
    const now = JSON.stringify([stories.map(card => [card.name, card.title]), gone.length]);
    if (wanted && stories.some(card => card.name === wanted)) {
      send('open_story', {name: wanted});
      wanted = '';
    } else if (asked && asked !== now) send('sync');
    asked = now;
  });
}
