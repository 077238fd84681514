/* The settings of the story as a whole, its loudness among them. */
import {button, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {rate} from '../kit/words.js';
import {send, set, state} from '../store/store.js';
import {addSounds} from '../timeline/add_sounds.js';
import {newEdges} from './new_edges.js';
import {subtitlesSection} from './subtitles.js';

/** @type {Record<string, string>} */
const FITS = {cover: 'Fill', contain: 'Show all', blur: 'Blurred'};
/** @type {Record<string, string>} */
const TITLES = {
  cover: 'Fill the frame and crop the rest', contain: 'Show all, with black bars',
  blur: 'Show all, on its own blur',
};
export const fitOptions = () => state.catalogue.fits.map(value => (
  {value, label: FITS[value] || value, title: TITLES[value]}));

/** @returns {Panel} */
export function storyPanel() {
  const {settings: limits} = state.catalogue.limits;
  /** @param {Changes} changed */
  const change = changed => send('set_settings', {fields: changed});
  const size = fields.select('Size', {commit: value => {
    const [width, height] = value.split('x').map(Number);
    change({width, height});
  }});
  const fps = fields.select('Frames a second', {commit: value => change({fps: Number(value)})});
  const fit = fields.chips('Pictures of another shape', {commit: fit => change({fit})});
  const kind = fields.select('New pictures become', {commit: value => {
    send('set_template', {template: value || null});
  }});
  const quality = fields.chips('Quality', {commit: quality => change({quality})});
  /** @type {(label: string, name: string, limit: {max?: number},
   *   commit: (changed: Changes) => unknown) => ReturnType<typeof fields.number>} */
  const seconds = (label, name, {max}, commit) => fields.number(label, {
    min: 0, max, unit: 's', commit: value => commit({[name]: value}),
  });
  const fadeIn = seconds('Fade in', 'fade_in_s', limits.fade_in_s, change);
  const fadeOut = seconds('Fade out', 'fade_out_s', limits.fade_out_s, change);
  const loudness = fields.chips('Loudness of the whole', {commit: loudness => change({loudness})});
  const music = fields.files('Add music or sounds', {
    image: 'music', accept: state.catalogue.sounds, multiple: true,
    chosen: files => addSounds(files),
  });
  const subtitles = subtitlesSection(), edges = newEdges();
  const close = button('Close', {
    image: 'close', text: false, kind: 'quiet', action: () => set({panel: 'selection'}),
  });
  const element = h('div', {class: 'sb-panel'},
    h('div', {class: 'sb-heading'}, h('h2', {}, 'Story settings'), close),
    size.element, h('div', {class: 'sb-row'}, fps.element, quality.element), fit.element,
    kind.element, h('div', {class: 'sb-row'}, fadeIn.element, fadeOut.element),
    edges.element, h('h3', {}, 'Sound'), loudness.element, music,
    subtitles.element);

  function update() {
    const {settings} = state.story;
    put(close, 'hidden', !state.selected);
    const key = `${settings.width}x${settings.height}`;
    const sizes = state.catalogue.sizes.map(({width, height, label}) => (
      {value: `${width}x${height}`, label}));
    size.update(key, {options: fields.withPresent(sizes, key, key.replace('x', ' × '))});
    const rates = state.catalogue.fps.map(f => ({value: String(f), label: rate(f)}));
    fps.update(settings.fps, {
      options: fields.withPresent(rates, String(settings.fps), rate(settings.fps)),
    });
    kind.update(state.story.template || '', {options: [{value: '', label: 'Shots as they are'},
      ...state.catalogue.templates.map(({name, title}) => ({value: name, label: title}))]});
    fit.update(settings.fit, {options: fitOptions()});
    quality.update(settings.quality, {options: [
      {value: 'draft', label: 'Draft', title: 'Half the width and height, so much faster'},
      {value: 'final', label: 'Final'},
    ]});
    fadeIn.update(settings.fade_in_s);
    fadeOut.update(settings.fade_out_s);
    loudness.update(settings.loudness, {options: [
      {value: 'off', label: 'As it is', title: 'As loud as the sounds are'},
      {value: 'web', label: 'Web', title: '-14 LUFS, as video sites play it'},
      {value: 'broadcast', label: 'Broadcast', title: '-23 LUFS, as television sends it'},
    ]});
    edges.update();
    subtitles.update();
  }

  const typed = [fadeIn, fadeOut, edges];
  return {element, update, save: () => typed.forEach(field => field.save())};
}
