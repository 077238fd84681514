/* Where in the film sounds are heard. */
import {beyond} from './footage.js';
import {lengthOf} from './peaks.js';
import {schedule} from './schedule.js';
import {startsOf} from './starts.js';
import {SHOTS, state} from './store.js';

/** A stretch of the film in which a sound is heard, seconds. `from` is the second of its file that
    is heard at `start`; from `end` of the file on it goes on at `again`, where it repeats.
 * @typedef {{start: number, end: number, from: number, again: number | null,
 *   length: number | null}} Span */

/** @type {(id: string) => Track | undefined} */
export const trackOf = id => state.story.tracks.find(track => track.id === id);

/** @type {(id: string) => SoundClip | undefined} */
export const soundOf = id => state.story.tracks.flatMap(track => track.sounds)
  .find(sound => sound.id === id);

/** @type {(id: string) => Track | undefined} */
export const trackWith = id => state.story.tracks.find(
  track => track.sounds.some(sound => sound.id === id));

/** Whether there is anything to be heard, or could be.
 * @type {(story: Story) => boolean} */
export const hasSound = story => (
  story.tracks.some(track => track.sounds.length > 0) || story.shots.some(shot => shot.heard));

const total = () => {
  const parts = schedule();
  return parts.length ? parts[parts.length - 1].end : 0;
};

/** When a sound begins, seconds of the film: before it where this is less than 0.
 * @type {(sound: SoundClip) => number} */
export const startOf = sound => (
  sound.start_s + (sound.anchor ? startsOf(state.story)[sound.anchor] || 0 : 0));

/** What is left of a sound's file from where it begins; null while nobody knows.
 * @type {(sound: SoundClip) => number | null} */
export function restOf(sound) {
  const length = lengthOf(sound.peaks);
  return length === null ? null : Math.max(0, length - sound.offset_s);
}

/** Where a sound is heard, also beyond the film's end.
 * @type {(sound: SoundClip) => Span} */
export function spanOf(sound) {
  const start = startOf(sound), rest = restOf(sound);
  let lasts = sound.duration_s;
  if (lasts === null || (!sound.loop && rest !== null)) {
    const most = sound.loop || rest === null ? Math.max(0, total() - start) : rest;
    lasts = Math.min(most, lasts ?? Infinity);
  }
  return {
    start, end: start + lasts, from: sound.offset_s,
    again: sound.loop ? sound.offset_s : null, length: lengthOf(sound.peaks),
  };
}

/** Where each shot that has a sound is heard: `rise` and `fall` are as long as the transitions
    beside it, under which it rings on.
 * @returns {{shot: Shot, span: Span, rise: number, fall: number}[]} */
export function shotSpans() {
  const parts = schedule();
  return parts.flatMap((part, i) => {
    const shot = /** @type {Shot} */ (part.item);
    if (part.kind !== 'shot' || !shot.heard) return [];
    const length = lengthOf(shot.heard.peaks);
    const loops = shot.past_end === 'loop';
    /** @type {(edge: TimedPart | undefined) => number} */
    const lasting = edge => (shot.sound.rings && edge && edge.kind === 'edge'
      ? edge.end - edge.start : 0);
    const before = Math.min(lasting(parts[i - 1]), shot.heard.from_s);
    const rest = length === null || loops ? Infinity : length - shot.heard.from_s;
    const left = !loops && beyond(state.story, shot) ? Math.min(rest, shot.video_s) : rest;
    const end = Math.min(part.end + lasting(parts[i + 1]), part.start + left);
    return [{
      shot, rise: before, fall: Math.max(0, end - part.end),
      span: {
        start: part.start - before, end, from: shot.heard.from_s - before,
        again: loops ? shot.heard.again_s : null, length,
      },
    }];
  });
}

/** Whether a lane is heard: not muted, and among those that alone are listened to.
 * @type {(id: string, channel: Channel) => boolean} */
export const isHeard = (id, channel) => (
  !channel.muted && (!state.solo.length || state.solo.includes(id)));

/** @type {(id: string) => Channel | undefined} */
export const channelOf = id => (id === SHOTS ? state.story.shots_channel : trackOf(id));

/** What a track is called.
 * @type {(track: Track) => string} */
export function trackName(track) {
  if (track.title) return track.title;
  const alike = state.story.tracks.filter(({kind, title}) => kind === track.kind && !title);
  const name = KINDS[track.kind];
  return alike.length > 1 ? `${name} ${alike.indexOf(track) + 1}` : name;
}

/** @type {Record<Track['kind'], string>} */
export const KINDS = {music: 'Music', voice: 'Voice', effects: 'Effects'};
