/* The settings of one sound lane: of a track, or of all that the shots sound like. */
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {channelOf, KINDS, trackName, trackOf} from '../store/heard.js';
import {selectSound, send, SHOTS, state} from '../store/store.js';
import {addSounds} from '../timeline/add_sounds.js';
import {player} from '../stage/player.js';

/** @returns {Panel} */
export function trackPanel() {
  const {track: limits} = state.catalogue.limits;
  let id = '';
  /** @param {Changes} changed */
  const change = changed => (id === SHOTS ? send('set_shots_channel', {fields: changed})
    : trackOf(id) && send('set_track', {id, fields: changed}));
  const heading = h('h2');
  const close = button('Close', {
    image: 'close', text: false, kind: 'quiet', action: () => selectSound(null),
  });
  const title = fields.text('Title', {length: limits.title.length, commit: title => change({title})});
  const kind = fields.chips('What lies on it', {commit: kind => change({kind})});
  const volume = fields.range('Volume', {
    min: 0, max: 2, step: 0.05, commit: volume => change({volume}),
  });
  const muted = fields.check('Mute', {commit: muted => change({muted})});
  const duck = fields.number('Quieter under a voice', {
    min: 0, max: limits.duck_db.max, unit: 'dB', commit: duck_db => change({duck_db}),
  });
  const add = fields.files('Add a sound at the playhead', {
    image: 'add', accept: state.catalogue.sounds, multiple: true,
    chosen: files => addSounds(files, {start_s: player.time, track: id}),
  });
  /** @param {number} by */
  const step = by => {
    const {tracks} = state.story, at = tracks.findIndex(track => track.id === id);
    const before = tracks[by < 0 ? at - 1 : at + 2];
    send('move_track', {id, before: before ? before.id : null});
  };
  const up = button('Up', {image: 'move-up', action: () => step(-1)});
  const down = button('Down', {image: 'move-down', action: () => step(1)});
  const remove = button('Remove the lane', {image: 'trash', action: () => {
    send('remove_track', {id});
  }});
  const own = h('div', {}, add, h('div', {class: 'sb-panel-actions'}, up, down, remove));
  const element = h('div', {class: 'sb-panel'},
    h('div', {class: 'sb-heading'}, heading, close), title.element, kind.element,
    volume.element, duck.element, muted.element, own);

  function update() {
    ({id} = state.sound);
    const channel = channelOf(id), track = trackOf(id);
    put(heading, 'textContent', track ? `${trackName(track)}, sound lane` : 'Sound of the shots');
    for (const part of [title.element, kind.element, own]) put(part, 'hidden', !track);
    volume.update(channel.volume);
    muted.update(channel.muted);
    put(duck.element, 'hidden', Boolean(track) && track.kind === 'voice');
    duck.update(channel.duck_db, {hint: '0 leaves it as loud as it is'});
    if (!track) return;
    title.update(track.title, {ghost: KINDS[track.kind]});
    kind.update(track.kind, {
      options: Object.entries(KINDS).map(([value, label]) => ({value, label})),
    });
    const {tracks} = state.story, at = tracks.indexOf(track);
    refuse(up, at > 0 ? '' : 'It is the first');
    refuse(down, at < tracks.length - 1 ? '' : 'It is the last');
  }

  return {element, update, save: () => { title.save(); duck.save(); }};
}
