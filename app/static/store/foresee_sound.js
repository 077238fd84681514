/* What an edit of tracks and sounds will do; see foresee.js. */
import {startsOf} from './starts.js';

/** @type {(story: Story, id: string) => Partial<Track>} */
const track = (story, id) => story.tracks.find(one => one.id === id) || {};

/** @type {(story: Story, id: string) => Partial<SoundClip>} */
const sound = (story, id) => story.tracks.flatMap(({sounds}) => sounds).find(one => one.id === id) || {};

/** @type {(story: Story, gone: (sound: SoundClip) => boolean) => void} */
const without = (story, gone) => {
  for (const one of story.tracks) one.sounds = one.sounds.filter(each => !gone(each));
};

/** @type {Record<string, (story: Story, command: Command) => void>} */
export const SOUND_EDITS = {
  set_shots_channel: (story, {fields}) => { Object.assign(story.shots_channel, fields); },
  set_track: (story, {id, fields}) => { Object.assign(track(story, id), fields); },
  remove_track: (story, {id}) => { story.tracks = story.tracks.filter(one => one.id !== id); },
  move_track: (story, {id, before}) => {
    const moving = story.tracks.filter(one => one.id === id);
    const staying = story.tracks.filter(one => one.id !== id);
    const at = before ? staying.findIndex(one => one.id === before) : staying.length;
    if (at >= 0) story.tracks = [...staying.slice(0, at), ...moving, ...staying.slice(at)];
  },
  set_sound: (story, {id, fields}) => { Object.assign(sound(story, id), fields); },
  move_sound: (story, {id, start_s: start, track: to}) => {
    const moving = /** @type {SoundClip} */ (sound(story, id));
    if (!moving.id) return;
    moving.start_s = start - (startsOf(story)[moving.anchor || ''] || 0);
    if (!to || !track(story, to).sounds) return;
    if (track(story, to).sounds.includes(moving)) return;
    without(story, one => one === moving);
    track(story, to).sounds.push(moving);
  },
  anchor_sound: (story, {id, anchor}) => {
    const one = sound(story, id), starts = startsOf(story);
    const start = one.start_s + (starts[one.anchor || ''] || 0) - (starts[anchor || ''] || 0);
    Object.assign(one, {anchor, start_s: anchor ? start : Math.max(0, start)});
  },
  remove_sounds: (story, {ids}) => without(story, ({id}) => ids.includes(id)),
};
