/* The fields of one shot. */
import {attr, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {send, shotOf, state} from '../store/store.js';
import {beyond} from '../store/footage.js';
import {uploadAll} from '../kit/uploads.js';
import {clipFields, fillField} from './clip_fields.js';
import {framingField} from './framing_field.js';
import {framePreview} from './frame_preview.js';
import {generation, more, panelHeading} from './generation.js';
import {narrationField} from './narration.js';
import {shotSound} from './shot_sound.js';
import {fitOptions} from './story_panel.js';
import {takeStrip} from './take_strip.js';
import {wordsField} from './words_field.js';

/** @returns {Panel} */
export function shotPanel() {
  const COLOURS = [
    ['#101014', 'Ink'], ['#1e2a44', 'Night'], ['#4a1f33', 'Wine'], ['#1f4037', 'Pine'],
    ['#b4542f', 'Rust'], ['#e8d9b5', 'Sand'], ['#f4f4f2', 'White'],
  ];
  const limits = state.catalogue.limits.shot;
  let id = '';
  const shot = () => shotOf(id);
  /** @param {Changes} changed */
  const change = changed => shot() && send('set_shot', {id, fields: changed});
  /** @param {File[]} files */
  const replace = files => uploadAll(files.slice(0, 1), ([file]) => (
    send('replace_media', {id, file})));

  const heading = panelHeading();
  const preview = framePreview({focused: focus => change({focus}), dropped: replace});
  const replacer = fields.files('Replace', {
    image: 'swap', accept: state.catalogue.media, chosen: replace,
  });
  const fit = fields.chips('In the frame', {commit: value => change({fit: value || null})});
  const colour = fields.chips('Colour', {
    commit: value => send('set_card', {id, colour: value}),
    face: ({value}) => h('i', {class: 'sb-swatch', style: `background: ${value}`}),
  });
  const own = h('input', {type: 'color', 'aria-label': 'Another colour', onchange: () => {
    send('set_card', {id, colour: own.value});
  }});
  colour.element.classList.add('sb-colours');
  colour.element.querySelector('.sb-tiles').after(own);
  const title = fields.text('Title', {
    length: limits.title.length, commit: title => change({title}),
  });
  const form = generation({
    limits, task: 'animate', get: shot, owner: () => id, change,
    offers: now => [{label: '+1 s', value: now + 1}, {label: 'Extend by 2 s', value: now + 2}],
  });
  const fill = fillField(change), clip = clipFields({change}), words = wordsField();
  const framing = framingField({change});
  const takes = takeStrip(), sound = shotSound({change}), narration = narrationField({change});
  const rest = more(form.negative.element);
  preview.element.append(replacer);
  const element = h('div', {class: 'sb-panel'}, ...heading.elements, preview.element,
    fit.element, framing.element, colour.element, title.element,
    form.prompt.element, form.duration.element, fill.element, clip.element, takes.element,
    form.camera.element, form.strength.element, form.choice.element, form.seed.element,
    words.element, narration.element, sound.element, rest);

  /** @param {Shot} now */
  function drawCard(now) {
    const known = COLOURS.some(([value]) => value === now.colour);
    colour.update(now.colour, {options: COLOURS.map(([value, label]) => ({value, label}))});
    put(own, 'value', now.colour);
    attr(own, 'data-chosen', known ? null : 'yes');
  }

  /** @param {Selected} selected */
  function update(selected) {
    id = selected.id;
    const now = shot(), {kind} = now;
    const fits = fitOptions();
    heading.update(`Shot ${state.story.shots.indexOf(now) + 1}`, id);
    preview.update(now);
    put(replacer.children[1], 'textContent', kind === 'card' ? 'Use a picture' : 'Replace');
    put(fit.element, 'hidden', kind === 'card');
    const usual = fits.find(one => one.value === state.story.settings.fit);
    fit.update(now.fit || '', {options: [
      {value: '', label: 'As in story', title: usual.label}, ...fits,
    ]});
    put(colour.element, 'hidden', kind !== 'card');
    if (kind === 'card') drawCard(now);
    title.update(now.title);
    fill.update(now);
    clip.update(now);
    const extends_ = beyond(state.story, now) > 0 && now.past_end === 'extend';
    form.update(now, [now], {
      ghost: 'What is seen, and how it moves',
      length: kind === 'image' ? 'Longer shots move further' : fill.words(now),
    });
    takes.update(id);
    sound.update(now);
    narration.update(now);
    words.update(now);
    framing.update(now);
    // A video moves by itself, and a card not at all.
    const asked = kind === 'image' || extends_;
    for (const part of [form.camera, form.strength]) {
      put(part.element, 'hidden', kind !== 'image' || Boolean(now.framing));
    }
    for (const part of [form.choice, form.prompt, form.seed]) put(part.element, 'hidden', !asked);
    put(rest, 'hidden', !asked);
    if (state.captioning === id) {
      state.captioning = null;
      words.focus();
    }
  }

  return {
    element, update, showTakes: takes.show,
    save: () => [title, form, clip, words, narration, sound].forEach(one => one.save()),
  };
}
