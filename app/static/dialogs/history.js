/* Earlier versions of the story: seen, kept under a name, brought back. What is brought back is an edit,
   which Undo takes back. */
import {dialog} from '../kit/dialog.js';
import {button, h, put} from '../kit/dom.js';
import {keyed} from '../kit/keyed.js';
import {ago, plural, seconds} from '../kit/words.js';
import {onDraw, send, state} from '../store/store.js';

/** @param {HTMLElement} element */
export function mountHistory(element) {
  const {box, close} = dialog('history', element, {opened: list});
  const none = element.querySelector('.sb-none'), shelf = element.querySelector('.sb-kept-versions');
  const name = h('input', {
    type: 'text', maxlength: '100', placeholder: 'Name of this version',
    'aria-label': 'Name of this version',
  });
  const form = element.querySelector('form');
  form.append(name, button('Keep this version', {image: 'add', kind: 'primary', action: keep}));
  form.addEventListener('submit', event => {
    event.preventDefault();
    keep();
  });
  /** @type {KeptVersion[]} */
  let known = [];
  let listed = '';

  async function keep() {
    const title = name.value.trim();
    if (!title) return name.focus();
    await send('keep_version', {title});
    name.value = '';
    list();
  }

  async function list() {
    const {history, rev} = state.story;
    listed = `${history} ${rev}`;
    try {
      const answer = await fetch(history, {cache: 'no-store'});
      if (answer.status !== 200 || history !== state.story.history) return;
      known = await answer.json();
    } catch {
      return;  // the server is gone or on its way back
    }
    put(none, 'hidden', known.length > 0);
    keyed(shelf, known, ({number}) => String(number), makeVersion);
  }

  /** @param {KeptVersion} kept */
  function makeVersion({number, name: title, made, version}) {
    const when = h('span', {class: 'sb-when'}), differ = h('span', {class: 'sb-differ'});
    const called = title || version.title || 'Untitled story';
    const restore = button('Restore', {
      'aria-label': `Restore ${called}, ${ago(made)}`, action: () => {
        close();
        send('restore_version', {number});
      },
    });
    const remove = button('Remove', {
      image: 'trash', text: false, kind: 'quiet', 'aria-label': `Remove ${called}, ${ago(made)}`,
      action: async () => {
        await send('remove_version', {number});
        list();
      },
    });
    const faces = version.faces.map(({thumb, colour = ''}) => (
      thumb ? h('img', {src: thumb, alt: ''}) : h('span', {style: `background: ${colour}`})));
    const root = h('li', {}, h('div', {}, h('b', {}, called), h('div', {}, when)),
      h('div', {class: 'sb-act'}, restore, remove),
      h('div', {class: 'sb-row-faces'}, ...faces), differ);
    return {root, update(/** @type {KeptVersion} */ {differs}) {
      const size = version.shots ? `${plural(version.shots, 'shot')} · ${seconds(version.total_s)}` : 'Empty';
      put(when, 'textContent', `${title ? 'Kept' : 'Kept by itself'} ${ago(made)} · ${size}`);
      put(differ, 'textContent', differs.length ? differs.join('. ') : 'As it is now');
      put(restore, 'hidden', !differs.length);
    }};
  }

  onDraw(({story}) => {
    if (box.open && listed !== `${story.history} ${story.rev}`) list();
  });
}
