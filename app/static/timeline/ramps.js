/* Transitions on the strip: a ramp over the join that it bridges, as wide as it is long, from the
   frame that it leaves to the one that it reaches, with the icon of its look. A cut takes no time: it
   is a mark on the join. */
import {attr, childrenOf, h, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {lookIcon} from '../kit/looks.js';
import {seconds} from '../kit/words.js';
import {faultOf} from '../store/scores.js';
import {ownerOf, shotOf, standingOf, state} from '../store/store.js';
import {lastFrame} from './film.js';
import {scale} from './scale.js';

const BADGE = 26, SPOKEN = 66;  // pixels that the icon needs, and the words under it

/** @type {(box: HTMLElement, image: string) => void} */
export const sign = (box, image) => {
  if (box.dataset.sign === image) return;
  box.dataset.sign = image;
  box.replaceChildren(icon(image));
};

/* The sign on what was scored and is to be looked at again. */
export const warning = () => h('span', {class: 'sb-fault', hidden: true}, icon('alert'));

/** @type {(kind: string, name: string) => boolean} */
export const isCurrent = (kind, name) => Boolean(state.selected && state.selected.kind === kind
  && ownerOf(state.selected) === name && !['story', 'sound'].includes(state.panel));

/** @param {string} name */
function engineName(name) {
  const engine = state.catalogue.engines.find(e => e.name === name);
  return name === 'auto' || !engine ? 'Auto' : engine.title;
}

/** How much of a ramp there is room to show: its words, its icon, or neither, where the shots beside
    it would be covered.
 * @param {number} at its place among all */
function sizeOf(at) {
  const [left, {width}, right] = scale.places.slice(at - 1, at + 2);
  if (width >= SPOKEN) return 'words';
  if (width >= BADGE) return 'icon';
  return Math.min(left.width, right ? right.width : Infinity) >= 2 * BADGE - width ? 'icon' : 'bare';
}

/** The picture of a frame, as CSS has it.
 * @type {(url: string | null | undefined, colour: string | undefined) => string} */
const picture = (url, colour) => (url ? `url("${url}")`
  : `linear-gradient(${colour || '#000'}, ${colour || '#000'})`);

/** @type {Record<Standing['state'], string>} */
const WORDS = {
  ready: 'ready', draft: 'draft', stale: 'not rendered', queued: 'queued', rendering: 'rendering',
  failed: 'failed', cut: 'cut',
};

const show = (/** @type {Edge} */ item, /** @type {number} */ n, /** @type {number} */ at) => {
  const {state: standing, percent = 0, reason = '', style: chosen} = standingOf(item.owner);
  const ends = state.progress.story === state.story.story
    && (state.progress.ends || {})[item.owner] || [];
  const [left, right] = [shotOf(item.left), shotOf(item.right)];
  return {
    standing, percent: standing === 'rendering' ? percent : 0, reason, n, size: sizeOf(at),
    look: item.style === 'auto' ? chosen || 'auto' : item.style,
    time: seconds(item.duration_s), engine: engineName(item.engine), fault: faultOf(item.owner),
    pictures: [picture(ends[0] || lastFrame(left), left.colour),
      picture(ends[1] || right.thumb, right.colour)],
    current: isCurrent('edge', item.owner), picked: state.picked.includes(item.owner),
  };
};

/** Where a look is not what matters. @type {Partial<Record<Standing['state'], string>>} */
const SIGNS = {cut: 'cut', queued: 'clock', rendering: 'turn', failed: 'alert'};

export const ramp = {
  /** @type {(owner: string, act: import('./cards.js').Act) => HTMLElement} */
  make: (owner, act) => h('li', {class: 'sb-edge'}, h('button', {
    type: 'button', class: 'sb-link', onclick: (/** @type {MouseEvent} */ event) => act(event, {kind: 'edge', owner}),
  }, h('span', {class: 'sb-ramp'}, h('i'), h('i')), h('span', {class: 'sb-mark'}),
  h('span', {class: 'sb-engine'}), h('span', {class: 'sb-time'}),
  h('span', {class: 'sb-status'}), warning()), h('span', {class: 'sb-trim', 'aria-hidden': 'true'})),
  show,
  /** @type {(node: HTMLElement, now: ReturnType<typeof show>) => void} */
  draw(node, now) {
    const [link] = childrenOf(node), [film, mark, engine, time, status, fault] = childrenOf(link);
    const cut = now.standing === 'cut', working = ['queued', 'rendering', 'failed'].includes(now.standing);
    const text = now.standing === 'rendering' ? `rendering ${now.percent} %` : WORDS[now.standing];
    sign(mark, SIGNS[now.standing] || lookIcon(now.look));
    childrenOf(film).forEach((one, i) => {
      if (one.style.backgroundImage !== now.pictures[i]) one.style.backgroundImage = now.pictures[i];
    });
    film.style.setProperty('--sb-done', `${now.percent}%`);
    put(engine, 'textContent', now.engine);
    put(time, 'textContent', now.time);
    put(status, 'textContent', !working ? '' : now.percent ? `${now.percent} %` : text);
    attr(node, 'data-size', cut && now.size === 'words' ? 'icon' : now.size);
    attr(link, 'data-state', now.standing);
    attr(link, 'aria-current', now.current ? 'true' : null);
    attr(link, 'aria-pressed', now.picked);
    attr(link, 'aria-label', [cut ? 'Cut' : `Transition, ${now.time}`,
      `from shot ${now.n} to shot ${now.n + 1}`, cut ? '' : text, cut ? '' : now.engine, now.fault,
    ].filter(Boolean).join(', '));
    const told = cut ? 'Cut' : `Transition ${now.n} → ${now.n + 1}: ${now.engine}, ${now.time}, ${text}`;
    put(fault, 'hidden', !now.fault);
    put(link, 'title', now.reason || [told, now.fault].filter(Boolean).join('. '));
  },
};
