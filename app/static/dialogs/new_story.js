/* What a new story can be: empty, the sample, or a kind of film (seine_core/story/templates.py), each
   as a strip of what its pictures become. */
import {attr, h} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {lookIcon} from '../kit/looks.js';
import {state} from '../store/store.js';

const HIGH = 44, LENGTH = 150;  // pixels of a strip

/** @param {(fields: Changes) => void} begin is told which one is wanted */
export function newStory(begin) {
  const choices = h('div', {
    class: 'sb-kinds', id: 'sb-kinds', role: 'group', 'aria-label': 'What the new story is',
    hidden: true,
  });
  const opener = h('button', {
    type: 'button', class: 'sb-button primary', 'aria-expanded': 'false', 'aria-controls': 'sb-kinds',
    onclick: () => turn(Boolean(choices.hidden)),
  }, icon('add'), h('span', {}, 'New story'), icon('down'));

  /** @param {boolean} on */
  function turn(on) {
    if (on && !choices.children.length) choices.append(...kinds(begin));
    choices.hidden = !on;
    attr(opener, 'aria-expanded', String(on));
    if (on) choices.scrollIntoView({block: 'start'});
  }
  return {opener, choices, close: () => turn(false)};
}

/** @param {(fields: Changes) => void} begin */
function kinds(begin) {
  /** @type {(title: string, about: string, strip: Node[], fields: Changes) => HTMLElement} */
  const kind = (title, about, strip, fields) => h('button', {
    type: 'button', class: 'sb-film-kind', onclick: () => begin(fields),
  }, h('span', {class: 'sb-kind-strip', 'aria-hidden': 'true'}, ...strip), h('b', {}, title),
  h('small', {}, about));
  const {samples, templates} = state.catalogue;
  return [
    kind('Empty story', 'Pictures come as they are, each with a transition to the next',
      [h('i', {class: 'sb-kind-none', style: sizeOf(16, 9)}, icon('add'))], {}),
    ...(samples.length ? [kind('Copy of the sample', 'Six shots that are all there, to try things on',
      samples.slice(0, 2).map(({thumb}) => h('img', {src: thumb, alt: '', style: sizeOf(16, 9)})),
      {sample: true})] : []),
    ...templates.map(one => kind(one.title, one.about, strip(one), {template: one.name})),
  ];
}

/** What comes one after the other, as far as there is room.
 * @param {Template} template */
function strip({width, height, card, words, looks}) {
  const style = sizeOf(width, height), wide = HIGH * width / height;
  const most = Math.max(2, Math.min(words.length, Math.floor(LENGTH / (wide + 12))));
  const frames = card ? [h('i', {style: `${style}; background: ${card}`, class: 'sb-kind-card'},
    h('u', {class: 'sb-centre'}))] : [];
  words.slice(0, most - frames.length).forEach((place, n) => {
    if (n && looks[n - 1] !== 'cut') frames.push(h('em', {}, icon(lookIcon(looks[n - 1]))));
    frames.push(h('i', {style}, place ? h('u', {class: `sb-${place}`}) : null));
  });
  return frames;
}

/** @type {(width: number, height: number) => string} */
const sizeOf = (width, height) => `width: ${Math.round(HIGH * width / height)}px; height: ${HIGH}px`;
