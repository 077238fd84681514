/* The sound lanes under the strip, on its line of time: one of the shots' own sounds, and one of each
   track. A lane's waveforms are drawn on one canvas, and a button over each sound selects it. */
import {attr, button, h, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {keyed} from '../kit/keyed.js';
import {fileName, seconds} from '../kit/words.js';
import {filmBeats} from '../store/beats.js';
import {channelOf, hasSound, isHeard, shotSpans, spanOf, trackName} from '../store/heard.js';
import {peaksOf} from '../store/peaks.js';
import {partAt} from '../store/schedule.js';
import {onDraw, select, selectSound, send, set, SHOTS, state} from '../store/store.js';
import {addingSounds} from './add_sounds.js';
import {draggingSounds} from './lane_drag.js';
import {laneKeys} from './lane_keys.js';
import {scale} from './scale.js';
import {drawWaves, fades} from './waveform.js';

/** @typedef {import('./waveform.js').Wave} Wave */
/** @typedef {{id: string, kind: string, name: string, channel: Channel, sounds: SoundClip[]}} Lane */

const HIDDEN = 'storyboard-lanes-hidden';
const BESIDE = 200;  // pixels drawn beyond what is in sight, so that scrolling finds them there

/** @param {Line} line */
export function lanes(line) {
  const {element, lane: strip, view} = line;
  /** @type {HTMLElement} */
  const root = element.querySelector('.sb-lanes');
  const list = h('div', {class: 'sb-tracks'});
  const foot = addingSounds(line);
  root.append(list, foot);
  // A low window has no row to spare for it.
  const low = matchMedia('(max-height: 620px) and (min-aspect-ratio: 13/10)');
  const place = () => (low.matches ? element.querySelector('.sb-edit') : root).append(foot);
  low.addEventListener('change', place);
  place();
  draggingSounds(root, line);
  laneKeys(root, line);
  const hide = button('Hide the sound lanes', {image: 'wave', text: false, kind: 'quiet', action: () => {
    localStorage.setItem(HIDDEN, hidden() ? '' : 'yes');
    set({});
  }});
  element.querySelector('.sb-zoom').prepend(hide);
  const hidden = () => localStorage.getItem(HIDDEN) === 'yes';
  /** @type {Map<string, {canvas: HTMLCanvasElement, drawn: string}>} */
  const canvases = new Map();

  /** @returns {Lane[]} */
  function shown() {
    const {tracks, shots, shots_channel: channel} = state.story;
    /** @type {Lane} */
    const own = {id: SHOTS, kind: 'shots', name: 'Shots', channel, sounds: []};
    return hidden() ? [] : [...(shots.some(shot => shot.heard) ? [own] : []), ...tracks.map(track => (
      {id: track.id, kind: track.kind, name: trackName(track), channel: track, sounds: track.sounds}))];
  }

  /** @param {Lane} of */
  function makeLane({id, kind}) {
    /** @param {Changes} fields */
    const change = fields => (id === SHOTS ? send('set_shots_channel', {fields})
      : send('set_track', {id, fields}));
    const name = h('span');
    const title = h('button', {
      type: 'button', class: 'sb-track-name',
      onclick: () => selectSound({kind: 'track', id}),
    }, icon(id === SHOTS ? 'film' : kind), name);
    const mute = button('Mute', {image: 'sound', text: false, kind: 'quiet', action: () => {
      change({muted: !channelOf(id).muted});
    }});
    const solo = button('Listen to this alone', {image: 'solo', text: false, kind: 'quiet', action: () => {
      const others = state.solo.filter(other => other !== id);
      set({solo: state.solo.includes(id) ? others : [...others, id]});
    }});
    const volume = h('input', {type: 'range', min: 0, max: 2, step: 0.05, onchange: () => {
      change({volume: volume.valueAsNumber});
    }});
    const canvas = h('canvas', {class: 'sb-wave', 'aria-hidden': 'true'});
    const sounds = h('ul', {class: 'sb-sounds'});
    const body = h('div', {class: 'sb-track-body'}, canvas, sounds);
    if (id === SHOTS) body.addEventListener('click', event => selectShot(event.clientX));
    const element = h('section', {class: 'sb-track', 'data-id': id},
      h('div', {class: 'sb-track-head'}, title, mute, solo, volume), body);
    canvases.set(id, {canvas, drawn: ''});

    /** @param {Lane} now */
    function update({kind: sort, name: says, channel, sounds: clips}) {
      put(name, 'textContent', says);
      attr(element, 'data-kind', sort);
      attr(element, 'aria-label', id === SHOTS ? 'Sound of the shots' : `Sound lane ${says}`);
      attr(element, 'data-silent', isHeard(id, channel) ? null : 'yes');
      const chosen = state.sound && state.sound.kind === 'track' && state.sound.id === id;
      attr(title, 'aria-current', chosen ? 'true' : null);
      attr(title, 'title', `${says}: settings`);
      if (mute.dataset.sign !== String(channel.muted)) {
        mute.dataset.sign = String(channel.muted);
        mute.replaceChildren(icon(channel.muted ? 'mute' : 'sound'));
      }
      attr(mute, 'aria-pressed', channel.muted);
      attr(mute, 'aria-label', `Mute ${says}`);
      attr(solo, 'aria-pressed', state.solo.includes(id));
      attr(solo, 'aria-label', `Listen to ${says} alone`);
      attr(volume, 'aria-label', `Volume of ${says}`);
      attr(volume, 'title', `Volume: ${Math.round(channel.volume * 100)} %`);
      if (!volume.matches(':active')) put(volume, 'value', String(channel.volume));
      if (id !== SHOTS) keyed(sounds, clips, sound => sound.id, sound => makeSound(sound));
      put(sounds, 'hidden', id === SHOTS || !clips.length);
      const stops = /** @type {HTMLElement[]} */ ([...sounds.querySelectorAll('.sb-sound')]);
      const here = stops.find(stop => stop === document.activeElement)
        || stops.find(stop => stop.getAttribute('aria-current')) || stops[0];
      for (const stop of stops) put(stop, 'tabIndex', stop === here ? 0 : -1);
    }
    return {root: element, update};
  }

  /** @param {SoundClip} of */
  function makeSound({id}) {
    const title = h('span');
    const face = h('button', {
      type: 'button', class: 'sb-sound', onclick: () => selectSound({kind: 'sound', id}),
    }, title);
    /** @type {(what: string) => HTMLElement} */
    const handle = what => h('i', {class: 'sb-handle', 'data-handle': what, 'aria-hidden': 'true'});
    const handles = ['in', 'out', 'fade-in', 'fade-out'].map(handle);
    const element = h('li', {'data-name': id}, face, ...handles);

    /** @param {SoundClip} now */
    function update(now) {
      const {start, end} = spanOf(now);
      const from = scale.xOf(Math.max(0, start)), to = Math.max(from + 10, scale.xOf(end));
      const says = now.title || fileName(now.file);
      const chosen = state.sound && state.sound.kind === 'sound' && state.sound.id === id;
      attr(element, 'style', `left: ${round(from)}px; width: ${round(to - from)}px; `
        + `--sb-rise: ${round(scale.xOf(start + now.fade_in_s) - from)}px; `
        + `--sb-fall: ${round(to - scale.xOf(end - now.fade_out_s))}px`);
      put(title, 'textContent', now.peaks ? says : `${says}: the file is missing`);
      attr(face, 'aria-current', chosen ? 'true' : null);
      attr(face, 'data-missing', now.peaks ? null : 'yes');
      const {shots} = state.story, with_ = shots.findIndex(shot => shot.id === now.anchor) + 1;
      attr(face, 'aria-label', [says, `from ${seconds(Math.max(0, start))}`,
        `${seconds(end - start)} long`, now.loop ? 'repeats' : '',
        with_ ? `moves with shot ${with_}` : ''].filter(Boolean).join(', '));
    }
    return {root: element, update};
  }

  /** @param {number} clientX */
  function selectShot(clientX) {
    const part = partAt(scale.timeAt(line.x(clientX)));
    if (part && part.kind === 'shot') select({kind: 'shot', id: part.owner});
  }

  /** What is to be drawn in a lane.
   * @type {(lane: Lane) => Wave[]} */
  const waves = ({id, sounds}) => (id === SHOTS ? shotSpans().map(({shot, span, rise, fall}) => ({
    peaks: peaksOf(shot.heard.peaks), span, faint: shot.sound.muted,
    gain: (/** @type {number} */ time) => (shot.sound.muted ? 1 : shot.sound.volume)
      // Under a transition both are heard, with equal power.
      * Math.sin(fades(span, {rise, fall}, time) * Math.PI / 2)
      * fades(span, {rise: shot.sound.fade_in_s, fall: shot.sound.fade_out_s}, time),
  })) : sounds.map(sound => {
    const span = spanOf(sound);
    return {
      peaks: sound.peaks ? peaksOf(sound.peaks) : null, span, beats: filmBeats(sound),
      gain: (/** @type {number} */ time) => sound.volume * envelope(sound, time - span.start)
        * fades(span, {rise: sound.fade_in_s, fall: sound.fade_out_s}, time),
    };
  }));

  function drawCanvases() {
    const all = shown(), width = Math.min(strip.clientWidth, view.width + 2 * BESIDE);
    const most = strip.clientWidth - width;
    const from = Math.max(0, Math.min(most, view.left - strip.offsetLeft - BESIDE));
    const x = Math.round(from / BESIDE * 2) * BESIDE / 2;  // so that a little scrolling draws nothing
    for (const lane of all) {
      const entry = canvases.get(lane.id);
      if (!entry) continue;
      const made = waves(lane);
      const key = JSON.stringify([Math.min(x, most), width, scale.zoom, scale.places.length,
        scale.total, document.documentElement.dataset.theme, lane.sounds,
        lane.id === SHOTS ? state.story.shots.map(({sound}) => sound) : 0,
        made.map(({peaks, span, beats}) => [Boolean(peaks), span, beats && beats.length])]);
      if (entry.drawn === key) continue;
      entry.drawn = key;
      const at = Math.max(0, Math.min(x, most));
      attr(entry.canvas, 'style', `width: ${width}px; transform: translateX(${at}px)`);
      drawWaves(entry.canvas, scale.timesAt(at, Math.ceil(width)), made);
    }
  }

  line.scroller.addEventListener('scroll', () => state.story && drawCanvases());

  function draw() {
    const {story} = state, any = hasSound(story) || story.tracks.length > 0;
    put(root, 'hidden', !story.shots.length && !any);
    put(hide, 'hidden', !any);
    attr(hide, 'aria-pressed', !hidden());
    const says = hidden() ? 'Show the sound lanes' : 'Hide the sound lanes';
    attr(hide, 'aria-label', says);
    attr(hide, 'title', says);
    put(foot, 'hidden', any && hidden());
    const all = shown();
    for (const id of canvases.keys()) if (!all.some(lane => lane.id === id)) canvases.delete(id);
    keyed(list, all, lane => lane.id, makeLane);
    put(list, 'hidden', !all.length);
    drawCanvases();
  }
  onDraw(draw);
  return drawCanvases;
}

/** @param {number} x */
const round = x => Math.round(x * 100) / 100;

/** The volume that an envelope has `at` seconds after its sound begins to be heard.
 * @type {(sound: SoundClip, at: number) => number} */
function envelope({envelope: points}, at) {
  const next = points.findIndex(point => point.at_s > at);
  if (!points.length) return 1;
  if (next < 0) return points[points.length - 1].volume;
  if (next === 0) return points[0].volume;
  const [left, right] = [points[next - 1], points[next]];
  const share = (at - left.at_s) / (right.at_s - left.at_s);
  return left.volume + share * (right.volume - left.volume);
}
