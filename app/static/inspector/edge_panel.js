/* The fields of a transition: what it joins, whether that goes well, and how it is made. */
import {openDialog} from '../kit/dialog.js';
import {attr, button, h, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {shotName} from '../kit/words.js';
import {edgeOf, send, shotOf, standingOf, state} from '../store/store.js';
import {engineOf} from './engines.js';
import {generation, more, panelHeading} from './generation.js';
import {takeStrip} from './take_strip.js';
import {unlikeNote} from './unlike_note.js';

/** @returns {Panel} */
export function edgePanel() {
  /** @type {[label: string, seconds: number][]} */
  const LENGTHS = [['Cut', 0], ['0.5 s', 0.5], ['1 s', 1], ['2 s', 2], ['3 s', 3]];
  let left = '', right = '';
  const owner = () => `${left}>${right}`;
  const edge = () => edgeOf(owner());
  /** @param {Changes} changed */
  const change = changed => edge() && send('set_edge', {left, right, fields: changed});

  const heading = panelHeading();
  const before = h('img', {alt: ''}), after = h('img', {alt: ''});
  const unlike = unlikeNote({
    edge, longer: () => change({duration_s: Math.min(60, Math.max(1, edge().duration_s * 2))}),
    bridge: ([file]) => send('add_bridge', {left, right, file}),
  });
  const form = generation({
    limits: state.catalogue.limits.edge, task: 'transition', get: edge, owner, change,
    offers: () => LENGTHS.map(([label, value]) => ({label, value, set: true})),
  });
  const suggested = h('span');
  const use = button('Use it', {
    kind: 'link', action: () => change({prompt: edge().suggestion}),
  });
  use.setAttribute('aria-label', 'Use the suggested prompt');
  const suggestion = h('p', {class: 'sb-suggestion'}, h('b', {}, 'Suggested: '), suggested, ' ', use);
  form.prompt.element.append(suggestion);
  const looks = button('All looks', {
    image: 'samples', action: () => openDialog('looks', owner()), 'aria-haspopup': 'dialog',
  });
  const takes = takeStrip();
  const element = h('div', {class: 'sb-panel'}, ...heading.elements,
    h('div', {class: 'sb-ends'}, h('figure', {}, before, h('figcaption', {}, 'From')),
      icon('right'), h('figure', {}, after, h('figcaption', {}, 'To'))),
    h('div', {class: 'sb-panel-actions'}, looks), unlike.element, form.prompt.element, form.duration.element, takes.element,
    form.choice.element, form.style.element, form.camera.element, form.strength.element,
    form.seed.element, more(form.negative.element));

  /* The very frames that are joined where they are rendered, else the pictures they are made of. */
  function drawEnds() {
    const rendered = (state.progress.ends || {})[owner()] || [];
    [before, after].forEach((image, i) => {
      const shot = shotOf(i ? right : left), which = i ? 'First frame of' : 'Last frame of';
      attr(image, 'src', rendered[i] || shot.thumb);
      attr(image, 'alt', `${which} ${shotName(shot)}`);
      image.style.background = shot.colour || '';
    });
  }

  /** @param {Selected} selected */
  function update(selected) {
    [left, right] = selected.owner.split('>');
    const now = edge();
    const n = state.story.shots.findIndex(shot => shot.id === left) + 1;
    const cut = standingOf(selected.owner).state === 'cut';
    const used = engineOf(now.engine);
    const {width, height} = state.story.settings;
    element.style.setProperty('--sb-shape', `${width} / ${height}`);
    heading.update(`${cut ? 'Cut' : 'Transition'} ${n} → ${n + 1}`, selected.owner);
    drawEnds();
    unlike.update(cut);
    form.update(now, [shotOf(left), shotOf(right)], {
      ghost: 'How one scene becomes the other', length: cut ? '0 is a cut' : '',
    });
    put(suggested, 'textContent', now.suggestion);
    put(suggestion, 'hidden', Boolean(now.prompt) || !now.suggestion || !used.uses_prompt);
    takes.update(selected.owner);
  }

  return {element, update, save: form.save, showTakes: takes.show};
}
