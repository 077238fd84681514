/* The Export dialog, before the story is rendered into a file. Size, rate, quality and fades are the
   story's own and saved with it. */
import {dialog} from '../kit/dialog.js';
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {shortcut} from '../kit/shortcuts.js';
import {about, plural, rate, seconds} from '../kit/words.js';
import {formats, refusal, renderStory} from '../store/rendering.js';
import {hasSound} from '../store/heard.js';
import {onDraw, send, set, state} from '../store/store.js';

/** @param {HTMLElement} element */
export function mountExport(element) {
  const {box, open, close} = dialog('export', element, {opened: () => update()});
  let story = '', typed = false;

  /** @param {Changes} changed */
  const change = changed => send('set_settings', {fields: changed});
  const format = fields.chips('File', {commit: chosen => set({format: chosen})});
  const quality = fields.chips('Quality', {commit: chosen => change({quality: chosen})});
  const size = fields.select('Size', {commit: value => {
    const [width, height] = value.split('x').map(Number);
    change({width, height});
  }});
  const fps = fields.select('Frames a second', {commit: value => change({fps: Number(value)})});
  /** @type {(label: string, name: string) => ReturnType<typeof fields.number>} */
  const fade = (label, name) => fields.number(label, {
    min: 0, max: 60, unit: 's', commit: value => change({[name]: value}),
  });
  const fadeIn = fade('Fade in', 'fade_in_s'), fadeOut = fade('Fade out', 'fade_out_s');
  const captions = h('input', {type: 'checkbox', checked: true});
  const captionHint = h('span', {class: 'sb-hint'});
  const sound = h('span');
  const music = button('Change', {kind: 'quiet', action: () => {
    close();
    set({panel: 'story'});
  }});
  const name = fields.text('File name', {length: 80, commit: () => { typed = true; }});
  const nameInput = name.element.querySelector('input');
  const parts = h('b'), output = h('span');
  const go = button('Render and export', {kind: 'primary', action: () => {
    close();
    renderStory({name: typed ? nameInput.value : '', captions: captions.checked});
  }});
  box.querySelector('.sb-dialog-body').append(
    format.element,
    h('div', {class: 'sb-row'}, quality.element, size.element),
    h('div', {class: 'sb-three'}, fps.element, fadeIn.element, fadeOut.element),
    h('div', {class: 'sb-extras'},
      h('label', {class: 'sb-captions'}, captions, h('span', {}, 'Captions'), captionHint),
      h('div', {class: 'sb-sound'}, icon('music'), sound, music)),
    name.element);
  box.querySelector('.sb-dialog-foot').append(h('p', {class: 'sb-estimate'}, parts, output), go);

  function update() {
    const {settings, shots, title} = state.story;
    format.update(state.format, {
      options: state.catalogue.formats.map(value => ({value, label: formats[value][0]})),
      hint: formats[state.format][1],
    });
    quality.update(settings.quality, {
      options: [{value: 'draft', label: 'Draft'}, {value: 'final', label: 'Final'}],
      hint: settings.quality === 'draft' ? 'Half the width and height, so much faster' : '',
    });
    const chosen = `${settings.width}x${settings.height}`;
    const sizes = state.catalogue.sizes.map(({width, height, label}) => (
      {value: `${width}x${height}`, label}));
    size.update(chosen, {options: fields.withPresent(sizes, chosen, chosen.replace('x', ' × '))});
    const rates = state.catalogue.fps.map(f => ({value: String(f), label: rate(f)}));
    fps.update(String(settings.fps), {
      options: fields.withPresent(rates, String(settings.fps), rate(settings.fps))});
    fadeIn.update(settings.fade_in_s);
    fadeOut.update(settings.fade_out_s);
    const words = shots.some(shot => shot.caption && shot.kind !== 'card');
    put(captions, 'disabled', !words);
    put(captionHint, 'textContent', words ? '' : 'No shot has one');
    const mute = ['gif', 'zip'].includes(state.format);
    const heard = hasSound(state.story);
    put(sound, 'textContent', !heard ? 'No sound'
      : mute ? `Sound is left out of a ${formats[state.format][0]}` : whatIsHeard());
    put(music.lastChild, 'textContent', heard ? 'Change' : 'Add music');
    if (!typed) name.update(title || 'story');
    put(parts, 'textContent', whatIsMade());
    put(output, 'textContent', whatComesOut());
    refuse(go, refusal());
  }

  function whatIsMade() {
    const {to_make: stale, states = {}, seconds_to_render: seconds} = state.progress;
    const all = plural(Object.keys(states).length, 'part');
    const time = seconds == null ? '' : `, ${about(seconds)}`;
    if (!stale) return `All ${all} are rendered${time}`;
    return `${stale} of ${all} to render${time}`;
  }

  function whatIsHeard() {
    const {tracks, shots, settings} = state.story;
    const sounds = tracks.reduce((sum, track) => sum + track.sounds.length, 0);
    const videos = shots.filter(shot => shot.heard && !shot.sound.muted).length;
    /** @type {Record<string, string>} */
    const loud = {off: '', web: '-14 LUFS', broadcast: '-23 LUFS'};
    return [sounds ? plural(sounds, 'sound') : '', videos ? `${plural(videos, 'video')}’s own` : '',
      loud[settings.loudness]].filter(Boolean).join(', ');
  }

  function whatComesOut() {
    const {settings, total_s: total} = state.story;
    /** @param {number} side */
    const half = side => (settings.quality === 'final' ? side : Math.floor(side / 4) * 2);
    return `${half(settings.width)} × ${half(settings.height)} · ${rate(settings.fps)} · `
      + seconds(total);
  }

  shortcut('Ctrl+E', {label: 'Export', group: 'Story', act: open});

  onDraw(() => {
    if (state.story.story !== story) {
      story = state.story.story;
      typed = false;
      captions.checked = true;
    }
    if (box.open) update();
  });
}
