import {CATALOGUE, equal, fakeClock, storyOf, test} from './harness.js';

const clip = (id, fields = {}) => ({
  id, file: 'a.wav', title: '', anchor: null, start_s: 0, offset_s: 0, duration_s: null, loop: false,
  volume: 1, envelope: [], fade_in_s: 0, fade_out_s: 0, spoken: '', ...fields,
});
const track = (id, sounds, fields = {}) => ({
  id, kind: 'music', title: '', volume: 1, muted: false, duck_db: 0, sounds, ...fields,
});

/* Shots a, b and c of 2, 3 and 4 s with 1 s between them, and two tracks. */
async function opened(sounds = [clip('one'), clip('two', {anchor: 'b', start_s: 0.5})]) {
  fakeClock();
  const store = await import('/static/store/store.js');
  const heard = await import('/static/store/heard.js');
  store.state.catalogue = CATALOGUE;
  store.accept(storyOf([2, 3, 4], {tracks: [track('t1', sounds), track('t2', [])]}));
  return {...store, ...heard};
}
const span = (start, end, fields = {}) => ({start, end, from: 0, again: null, length: 10, ...fields});
const held = time => time;

test('edits of sounds and tracks are foreseen', async () => {
  const {state, send, startOf, soundOf, trackWith} = await opened();
  equal(startOf(soundOf('two')), 3.5);
  send('move', {ids: ['b'], before: 'a'});
  equal(startOf(soundOf('two')), 0.5);
  send('move', {ids: ['b'], before: 'c'});
  send('move_sound', {id: 'two', start_s: 5, track: 't2'});
  equal([soundOf('two').start_s, trackWith('two').id], [2, 't2']);
  send('anchor_sound', {id: 'two', anchor: null});
  equal([soundOf('two').start_s, soundOf('two').anchor], [5, null]);
  send('anchor_sound', {id: 'two', anchor: 'c'});
  equal(soundOf('two').start_s, -2);
  send('set_sound', {id: 'one', fields: {volume: 0.5}});
  send('set_track', {id: 't1', fields: {muted: true}});
  send('set_shots_channel', {fields: {volume: 0.2}});
  equal([soundOf('one').volume, state.story.tracks[0].muted, state.story.shots_channel.volume],
    [0.5, true, 0.2]);
  send('move_track', {id: 't2', before: 't1'});
  equal(state.story.tracks.map(({id}) => id), ['t2', 't1']);
  send('remove', {ids: ['c']});
  equal(soundOf('two'), undefined);
  send('remove_sounds', {ids: ['one']});
  send('remove_track', {id: 't2'});
  equal(state.story.tracks.map(({id, sounds}) => [id, sounds.length]), [['t1', 0]]);
});

test('what is selected in the lanes is let go when it is gone', async () => {
  const {state, send, select, selectSound} = await opened();
  selectSound({kind: 'sound', id: 'one'});
  equal([state.sound.id, state.panel], ['one', 'sound']);
  send('remove_sounds', {ids: ['one']});
  equal([state.sound, state.panel], [null, 'selection']);
  selectSound({kind: 'track', id: ''});
  select({kind: 'shot', id: 'b'});
  equal([state.sound, state.panel], [null, 'selection']);
});

test('solo is for listening, and mute counts more', async () => {
  const {state, set, isHeard} = await opened();
  const [first, second] = state.story.tracks;
  equal([isHeard('t1', first), isHeard('t2', second)], [true, true]);
  set({solo: ['t2']});
  equal([isHeard('t1', first), isHeard('t2', second)], [false, true]);
  equal(isHeard('t2', {...second, muted: true}), false);
});

test('a drag moves, trims and fades within what there is', async () => {
  const {changed} = await import('/static/timeline/lane_drag.js');
  const was = clip('one', {start_s: 2, offset_s: 1});
  const drag = (what, by, more = {}) => {
    const {at, ...fields} = changed(what, {
      was, span: span(2, 11, {from: 1}), by, attract: held, rest: 9, ...more});
    return fields;
  };
  equal(drag('move', 1.25), {start_s: 3.25});
  equal(drag('move', -5), {start_s: 0});
  equal(drag('in', 0.5), {start_s: 2.5, offset_s: 1.5, envelope: []});
  equal(drag('in', -5), {start_s: 1, offset_s: 0, envelope: []});
  equal(drag('out', -2), {duration_s: 7});
  equal(drag('out', 5), {duration_s: null});
  equal(drag('fade-in', 2), {fade_in_s: 2});
  equal(drag('fade-out', -3), {fade_out_s: 3});
  equal(drag('fade-out', 3), {fade_out_s: 0});
  const loop = clip('one', {start_s: 2, loop: true});
  equal(drag('out', 50, {was: loop, rest: 9}), {duration_s: 59});
  const curve = clip('one', {start_s: 2, envelope: [{at_s: 0, volume: 1}, {at_s: 3, volume: 0.5}]});
  equal(drag('in', 1, {was: curve, span: span(2, 12)}),
    {start_s: 3, offset_s: 1, envelope: [{at_s: 2, volume: 0.5}]});
  // Its end comes to what attracts it.
  equal(drag('move', 0.9, {attract: time => (Math.abs(time - 12) < 0.2 ? 12 : time)}), {start_s: 3});
});

test('a waveform shows each stretch of the file where it is heard', async () => {
  const {extremes, fades, place} = await import('/static/timeline/waveform.js');
  const peaks = new Int8Array(2000);
  peaks.set([-127, 64], 2 * 500);
  equal(extremes(peaks, 5, 5.01), [-1, 64 / 127]);
  equal(extremes(peaks, 4, 5), [0, 0]);
  equal(extremes(peaks, 0, 10), [-1, 64 / 127]);
  equal(extremes(peaks, 11, 12), [0, 0]);
  equal([place(span(2, 12, {from: 1}), 4), place(span(2, 30), 12), place(span(2, 30, {again: 6}), 13)],
    [3, null, 7]);
  equal([0, 1, 5, 9].map(time => fades(span(0, 10), {rise: 2, fall: 4}, time)), [0, 0.5, 1, 0.25]);
});
