/* The fields of one sound on a track. */
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {fileName, seconds, shotName} from '../kit/words.js';
import {filmBeats} from '../store/beats.js';
import {lengthOf} from '../store/peaks.js';
import {restOf, soundOf, spanOf, startOf, trackName, trackWith} from '../store/heard.js';
import {selectSound, send, state} from '../store/store.js';
import {splitting} from '../timeline/lane_keys.js';

const CUTS = [['1', 'every beat'], ['2', 'every other beat'], ['4', 'every fourth beat'],
  ['8', 'every eighth beat']].map(([value, label]) => ({value, label}));

/** @returns {Panel} */
export function soundPanel() {
  const {sound: limits} = state.catalogue.limits;
  let id = '';
  /** @param {Changes} changed */
  const change = changed => soundOf(id) && send('set_sound', {id, fields: changed});
  /** @type {(label: string, most: number, commit: (value: number) => unknown) =>
   *   ReturnType<typeof fields.number>} */
  const time = (label, most, commit) => fields.number(label, {min: 0, max: most, unit: 's', commit});

  const heading = h('h2'), where = h('p', {class: 'sb-hint'});
  const close = button('Close', {
    image: 'close', text: false, kind: 'quiet', action: () => selectSound(null),
  });
  const title = fields.text('Title', {length: limits.title.length, commit: title => change({title})});
  const start = time('Begins at', 86400, value => {
    send('move_sound', {id, start_s: value});
  });
  const from = time('From', limits.offset_s.max, value => change({offset_s: value}));
  const lasts = time('Length', 86400, value => {
    const rest = restOf(soundOf(id));
    const whole = rest !== null && value > rest - 0.01 && !soundOf(id).loop;
    change({duration_s: whole ? null : Math.max(0.01, value)});
  });
  const volume = fields.range('Volume', {
    min: 0, max: 2, step: 0.05, commit: volume => change({volume}),
  });
  const fadeIn = time('Fades in', limits.fade_in_s.max, fade_in_s => change({fade_in_s}));
  const fadeOut = time('Fades out', limits.fade_out_s.max, fade_out_s => change({fade_out_s}));
  const loop = fields.check('Repeats', {commit: on => change(
    on ? {loop: true, duration_s: null} : {loop: false})});
  const anchor = fields.select('Moves with', {commit: value => (
    send('anchor_sound', {id, anchor: value || null}))});
  const track = fields.select('Lane', {commit: value => (
    send('move_sound', {id, start_s: startOf(soundOf(id)), track: value}))});
  const split = button('Split at the playhead', {image: 'split', action: () => {
    const act = splitting(soundOf(id));
    if (act) act();
  }});
  let every = '1';
  const grid = fields.select('Cuts on', {commit: value => {
    every = value;
  }});
  const cut = button('Cut to the beat', {image: 'beat', action: () => {
    send('cut_to_beat', {id, every: Number(every)});
  }});
  const beats = h('div', {}, grid.element, h('div', {class: 'sb-panel-actions'}, cut));
  const remove = button('Remove', {image: 'trash', action: () => {
    send('remove_sounds', {ids: [id]});
  }});
  const element = h('div', {class: 'sb-panel'},
    h('div', {class: 'sb-heading'}, heading, close), where, title.element,
    h('div', {class: 'sb-row'}, start.element, lasts.element),
    h('div', {class: 'sb-row'}, from.element, anchor.element),
    volume.element,
    h('div', {class: 'sb-row'}, fadeIn.element, fadeOut.element),
    loop.element, track.element, beats, h('div', {class: 'sb-panel-actions'}, split, remove));

  function update() {
    id = state.sound.id;
    const now = soundOf(id), span = spanOf(now), length = lengthOf(now.peaks);
    put(heading, 'textContent', 'Sound');
    put(where, 'textContent', !now.peaks ? `${fileName(now.file)}: the file is missing`
      : fileName(now.file) + (length === null ? '' : `, ${seconds(length)}`));
    title.update(now.title);
    start.update(Math.max(0, span.start));
    from.update(now.offset_s, {hint: 'of the file on'});
    lasts.update(now.duration_s ?? Math.max(0, span.end - span.start), {
      hint: now.duration_s === null ? now.loop ? 'to the film’s end' : 'to its end' : '',
    });
    volume.update(now.volume, {hint: now.envelope.length ? 'on top of its own curve' : ''});
    fadeIn.update(now.fade_in_s);
    fadeOut.update(now.fade_out_s);
    loop.update(now.loop);
    anchor.update(now.anchor || '', {options: [
      {value: '', label: 'Nothing'},
      ...state.story.shots.map((shot, i) => ({
        value: shot.id, label: `Shot ${i + 1}, ${shotName(shot)}`,
      })),
    ]});
    track.update(trackWith(id).id, {
      options: state.story.tracks.map(one => ({value: one.id, label: trackName(one)})),
    });
    put(track.element, 'hidden', state.story.tracks.length < 2);
    put(beats, 'hidden', !now.beats);
    const work = (state.progress.sound_works || []).find(one => one.id === id);
    grid.update(every, {options: CUTS, hint: work ? work.message || 'Laying the shots on its beats…'
      : now.beats && !filmBeats(now).length ? 'No beats found so far' : ''});
    refuse(cut, state.story.shots.length ? '' : 'There are no shots');
    refuse(split, now.loop ? 'What repeats cannot be split'
      : splitting(now) ? '' : 'The playhead is elsewhere');
  }

  const typed = [title, start, from, lasts, fadeIn, fadeOut];
  return {element, update, save: () => typed.forEach(field => field.save())};
}
