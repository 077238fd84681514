/* One card for each shot and a stand-in for each file on its way; the ramps between them are in
   ramps.js. A node is made once, and touched again only where what it shows has changed. */
import {attr, childrenOf, h, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {seconds, shotName} from '../kit/words.js';
import {faultOf} from '../store/scores.js';
import {standingOf, state} from '../store/store.js';
import {isCurrent, ramp, sign, warning} from './ramps.js';

/** @type {Record<Standing['state'], [image: string, word: string]>} */
const STATES = {
  ready: ['check', 'ready'], draft: ['wave', 'draft'], stale: ['ring', 'not rendered'],
  queued: ['clock', 'queued'], rendering: ['turn', 'rendering'], failed: ['alert', 'failed'],
  cut: ['cut', 'cut'],
};
const KINDS = {image: ['image', ''], video: ['video', 'video'], card: ['title', 'title card']};

/** What is shown as text, with the percent where there is one.
 * @param {string} name */
function status(name) {
  const {state: standing, percent, reason} = standingOf(name);
  const [image, word] = STATES[standing];
  return {
    standing, image, percent: standing === 'rendering' ? percent : 0, reason: reason || '',
    text: standing === 'rendering' ? `${word} ${percent} %` : word,
  };
}

const handle = () => h('span', {class: 'sb-trim', 'aria-hidden': 'true'});

/** A press on a card or a chip. @typedef {(event: MouseEvent, what: Selected) => void} Act */

const showShot = (/** @type {Shot} */ item, /** @type {number} */ n) => ({
  ...status(item.id), n, name: shotName(item), time: seconds(item.duration_s),
  kind: item.kind, thumb: item.thumb, colour: item.colour, missing: item.missing || '',
  words: item.prompt, caption: item.kind === 'card' && item.captions.length ? item.captions[0].text : null,
  fault: faultOf(item.id), label: item.label || null,
  current: isCurrent('shot', item.id), picked: state.picked.includes(item.id),
});

const shot = {
  /** @type {(id: string, act: Act) => HTMLElement} */
  make(id, act) {
    const image = h('img', {alt: '', loading: 'lazy', draggable: 'false'});
    const face = h('span', {class: 'sb-face'}, image, h('span', {class: 'sb-film'}),
      h('span', {class: 'sb-flag'}, h('span'), h('span')),
      h('span', {class: 'sb-kind'}), h('span', {class: 'sb-time'}), warning());
    // A long shot shows its picture again and again, as a strip of film does.
    image.addEventListener('load', () => {
      face.style.setProperty('--sb-shape', String(image.naturalWidth / image.naturalHeight));
      face.style.backgroundImage = `url("${image.currentSrc}")`;
    });
    const card = h('button', {
      type: 'button', class: 'sb-card',
      onclick: (/** @type {MouseEvent} */ event) => act(event, {kind: 'shot', id}),
    }, face, h('b', {}, h('i'), h('span')), h('span', {class: 'sb-words'}));
    return h('li', {class: 'sb-shot'}, card, handle(),
      h('span', {class: 'sb-grip', 'aria-hidden': 'true'}, icon('grip')));
  },
  show: showShot,
  /** @type {(node: HTMLElement, now: ReturnType<typeof showShot>) => void} */
  draw(node, now) {
    const [card] = childrenOf(node), [face, title, words] = childrenOf(card);
    const [image, , flag, kind, time, fault] = childrenOf(face), [mark, says] = childrenOf(flag);
    const [sort, sorted] = KINDS[now.kind];
    attr(image, 'src', now.thumb);
    put(image, 'hidden', !now.thumb);
    if (!now.thumb) face.style.backgroundImage = '';
    face.style.backgroundColor = now.colour || '';
    attr(face, 'data-words', now.missing ? 'File missing' : now.caption);
    face.style.setProperty('--sb-done', `${now.percent}%`);
    sign(mark, now.missing ? 'alert' : now.image);
    put(says, 'textContent', now.missing ? 'missing' : now.text);
    sign(kind, sort);
    put(title.firstChild, 'textContent', String(now.n));
    put(title.lastChild, 'textContent', ` ${now.name}`);
    put(time, 'textContent', now.time);
    put(words, 'textContent', now.missing || now.words || '—');
    attr(card, 'data-label', now.label);
    attr(card, 'data-state', now.missing ? 'failed' : now.standing);
    attr(card, 'aria-current', now.current ? 'true' : null);
    attr(card, 'aria-pressed', now.picked);
    attr(card, 'aria-label', [`Shot ${now.n}`, now.name, now.time,
      now.missing ? 'file missing' : now.text, sorted, now.label && `${now.label} label`, now.fault].filter(Boolean).join(', '));
    put(fault, 'hidden', !now.fault);
    put(card, 'title', now.missing || now.reason || now.fault || `${now.n} ${now.name}`);
  },
};

const pending = {
  make: () => h('li', {class: 'sb-pending'}, h('span', {class: 'sb-spinner'}),
    h('b'), h('span', {class: 'sb-words'})),
  show: (/** @type {Pending} */ {name, doing}) => ({name, doing}),
  /** @type {(node: HTMLElement, now: Pick<Pending, 'name' | 'doing'>) => void} */
  draw(node, now) {
    put(node.children[1], 'textContent', now.name);
    put(node.children[2], 'textContent', now.doing);
    attr(node, 'data-doing', now.doing);
  },
};

/** How each kind of place is made, what it shows of an item (the n-th shot, or what follows it) that
    stands `at` a place among all, and how that is drawn.
 * @type {Record<Place['kind'], {make: (name: string, act: Act) => HTMLElement,
 *   show: (item: any, n: number, at: number) => any, draw: (node: HTMLElement, now: any) => void}>} */
export const cards = {shot, edge: ramp, pending};
