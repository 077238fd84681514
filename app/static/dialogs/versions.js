/* Asks which version of the story to go on with when something else has written to its file. It comes
   by itself once for each such change, and again from the header until it is answered. */
import {dialog} from '../kit/dialog.js';
import {button, h, put, refuse} from '../kit/dom.js';
import {ago, plural, seconds} from '../kit/words.js';
import {onDraw, send} from '../store/store.js';

/** @param {HTMLElement} element */
export function mountVersions(element) {
  const {open, close} = dialog('versions', element);
  const differ = element.querySelector('.sb-differ');
  const heading = element.querySelector('.sb-differ-title');
  let asked = '', drawn = '';

  /** One side: what there is, and a button that chooses it.
   * @type {(key: 'editor' | 'disk', where: string)
   *   => (card: VersionCard | null, problem?: string, when?: string) => void} */
  const version = (key, where) => {
    const title = h('b'), facts = h('span', {class: 'sb-card-facts'});
    const faces = h('div', {class: 'sb-faces'});
    const take = button('Go on with this one', {
      'aria-label': `Go on with the version ${where}`,
      action: () => {
        close();
        send('choose_version', {version: key, digest: asked});
      },
    });
    const root = h('section', {class: 'sb-version'},
      h('h3', {}, where[0].toUpperCase() + where.slice(1)), title, facts, faces, take);
    element.querySelector('.sb-two').append(root);
    return (card, problem, when) => {
      put(title, 'textContent', card ? card.title || 'Untitled story' : 'It cannot be opened');
      put(facts, 'textContent', card
        ? [card.shots ? `${plural(card.shots, 'shot')} · ${seconds(card.total_s)}` : 'Empty', when]
          .filter(Boolean).join(' · ')
        : problem);
      faces.replaceChildren(...(card ? card.faces : []).map(({thumb, colour = ''}) => (
        thumb ? h('img', {src: thumb, alt: ''}) : h('span', {style: `background: ${colour}`}))));
      refuse(take, card ? '' : 'It cannot be opened');
    };
  };
  const editor = version('editor', 'in this editor'), disk = version('disk', 'in the file');

  onDraw(({story: {elsewhere}}) => {
    if (!elsewhere) {
      asked = drawn = '';
      close();
      return;
    }
    const now = JSON.stringify(elsewhere);
    if (now !== drawn) {
      editor(elsewhere.editor);
      disk(elsewhere.disk, elsewhere.problem, ago(elsewhere.changed));
      differ.replaceChildren(...elsewhere.differs.map(line => h('li', {}, line)));
      for (const part of [heading, differ]) put(part, 'hidden', !elsewhere.differs.length);
      drawn = now;
    }
    if (elsewhere.digest !== asked) {
      asked = elsewhere.digest;
      open();
    }
  });
}
