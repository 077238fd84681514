/* What an edit of a shot's in-point, out-point or speed will do; see foresee.js. */
import {seen} from './footage.js';
import {framesOf} from './starts.js';

/** @type {(story: Story, id: string) => Shot | undefined} */
const found = (story, id) => story.shots.find(one => one.id === id);

/** @type {(story: Story, shot: Shot, by: number) => void} */
function trimStart(story, shot, by) {
  const {fps} = story.settings, frames = framesOf(story, by);
  if (framesOf(story, shot.duration_s) - frames < 1) return;
  shot.duration_s -= frames / fps;
  const {footage} = shot;
  if (!footage || footage.freeze || shot.past_end === 'loop') return;
  if (footage.reverse) footage.out_s -= frames / fps * footage.speed;
  else footage.in_s += frames / fps * footage.speed;
  shot.video_s -= frames / fps;
}

/** @type {Record<string, (story: Story, command: Command) => void>} */
export const CLIP_EDITS = {
  trim_start: (story, {id, by_s}) => {
    const shot = found(story, id);
    if (shot) trimStart(story, shot, by_s);
  },
  set_clip: (story, {id, speed, reverse}) => {
    const shot = found(story, id), footage = shot && shot.footage;
    if (!footage) return;
    if (speed) {
      const by = footage.speed / speed;
      shot.duration_s = Math.max(1 / story.settings.fps, shot.duration_s * by);
      shot.video_s *= by;
      footage.speed = speed;
    }
    if (reverse !== undefined) Object.assign(footage, seen(shot), {reverse});
  },
};
