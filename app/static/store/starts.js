/* A story's seconds in frames. Nothing here knows which story is open. */

/** Seconds as whole frames, rounded as the server does.
 * @type {(story: Story, s: number) => number} */
export const framesOf = (story, s) => Math.floor(s * story.settings.fps + 0.5);

/** The second at which each shot begins, by its id.
 * @param {Story} story
 * @returns {Record<string, number>} */
export function startsOf(story) {
  /** @type {Record<string, number>} */
  const starts = {};
  let at = 0;
  story.shots.forEach((shot, i) => {
    if (i) at += framesOf(story, story.edges[i - 1].duration_s);
    starts[shot.id] = at / story.settings.fps;
    at += Math.max(1, framesOf(story, shot.duration_s));
  });
  return starts;
}
