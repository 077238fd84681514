/* The settings of the story as a whole, and its soundtrack. */
import {button, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {fileName} from '../kit/words.js';
import {send, set, state} from '../store/store.js';
import {uploadAll} from '../store/uploads.js';

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
  const {settings: limits, soundtrack: heard} = state.catalogue.limits;
  /** @param {Changes} changed */
  const change = changed => send('set_settings', {fields: changed});
  /** @param {Changes} changed */
  const sound = changed => state.story.soundtrack && send('set_soundtrack', {fields: changed});
  const size = fields.select('Size', {commit: value => {
    const [width, height] = value.split('x').map(Number);
    change({width, height});
  }});
  const fps = fields.select('Frames a second', {commit: value => change({fps: Number(value)})});
  const fit = fields.chips('Pictures of another shape', {commit: fit => change({fit})});
  const quality = fields.chips('Quality', {commit: quality => change({quality})});
  /** @type {(label: string, name: string, limit: {max?: number},
   *   commit: (changed: Changes) => unknown) => ReturnType<typeof fields.number>} */
  const seconds = (label, name, {max}, commit) => fields.number(label, {
    min: 0, max, unit: 's', commit: value => commit({[name]: value}),
  });
  const fadeIn = seconds('Fade in', 'fade_in_s', limits.fade_in_s, change);
  const fadeOut = seconds('Fade out', 'fade_out_s', limits.fade_out_s, change);
  const track = h('div', {class: 'sb-track'}, icon('music'), h('span'));
  track.append(button('Remove the soundtrack', {
    image: 'close', text: false, kind: 'quiet', action: () => send('remove_soundtrack'),
  }));
  const choose = fields.files('Add music', {
    image: 'music', accept: state.catalogue.sounds,
    chosen: list => uploadAll(list, ([file]) => send('add_soundtrack', {file})),
  });
  const volume = fields.range('Volume', {
    min: 0, max: 2, step: 0.05, commit: volume => sound({volume}),
  });
  const start = seconds('Begin at', 'start_s', heard.start_s, sound);
  const soundIn = seconds('Music fades in', 'fade_in_s', heard.fade_in_s, sound);
  const soundOut = seconds('Music fades out', 'fade_out_s', heard.fade_out_s, sound);
  const loop = fields.check('Start again where the music is too short', {commit: loop => sound({loop})});
  const music = h('div', {}, volume.element,
    h('div', {class: 'sb-row sb-three'}, start.element, soundIn.element, soundOut.element),
    loop.element);
  const load = fields.files('Load subtitles', {
    image: 'title', accept: state.catalogue.subtitles,
    chosen: list => uploadAll(list.slice(0, 1), ([file]) => send('load_subtitles', {file})),
  });
  load.title = 'SRT, VTT or ASS: each becomes the caption of the shot that it falls on';
  const saved = h('div', {class: 'sb-row'});
  const close = button('Close', {
    image: 'close', text: false, kind: 'quiet', action: () => set({panel: 'selection'}),
  });
  const element = h('div', {class: 'sb-panel'},
    h('div', {class: 'sb-heading'}, h('h2', {}, 'Story settings'), close),
    size.element, h('div', {class: 'sb-row'}, fps.element, quality.element), fit.element,
    h('div', {class: 'sb-row'}, fadeIn.element, fadeOut.element),
    h('h3', {}, 'Soundtrack'), track, choose, music,
    h('h3', {}, 'Subtitles'), load, saved);

  /** What the story's captions can be saved as. */
  function drawSaved() {
    const addresses = Object.entries(state.story.subtitles);
    if (saved.dataset.drawn === String(addresses)) return;
    saved.dataset.drawn = String(addresses);
    saved.replaceChildren(...addresses.map(([kind, href]) => h(
      'a', {class: 'sb-button', href, download: true}, icon('download'),
      h('span', {}, `Save ${kind.toUpperCase()}`))));
  }

  function update() {
    const {settings, soundtrack} = state.story;
    put(close, 'hidden', !state.selected);
    const key = `${settings.width}x${settings.height}`;
    const sizes = state.catalogue.sizes.map(({width, height, label}) => (
      {value: `${width}x${height}`, label}));
    size.update(key, {options: fields.withPresent(sizes, key, key.replace('x', ' × '))});
    const rates = state.catalogue.fps.map(f => ({value: String(f), label: `${f} fps`}));
    fps.update(settings.fps, {
      options: fields.withPresent(rates, String(settings.fps), `${settings.fps} fps`),
    });
    fit.update(settings.fit, {options: fitOptions()});
    quality.update(settings.quality, {options: [
      {value: 'draft', label: 'Draft', title: 'Half the width and height, so much faster'},
      {value: 'final', label: 'Final'},
    ]});
    fadeIn.update(settings.fade_in_s);
    fadeOut.update(settings.fade_out_s);
    put(track, 'hidden', !soundtrack);
    put(track.children[1], 'textContent', soundtrack ? fileName(soundtrack.file) : '');
    put(choose.children[1], 'textContent', soundtrack ? 'Replace' : 'Add music');
    put(music, 'hidden', !soundtrack);
    drawSaved();
    if (!soundtrack) return;
    volume.update(soundtrack.volume);
    start.update(soundtrack.start_s);
    soundIn.update(soundtrack.fade_in_s);
    soundOut.update(soundtrack.fade_out_s);
    loop.update(soundtrack.loop);
  }

  const typed = [fadeIn, fadeOut, start, soundIn, soundOut];
  return {element, update, save: () => typed.forEach(field => field.save())};
}
