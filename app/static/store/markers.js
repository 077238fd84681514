/* Where in the film markers are. */
import {startsOf} from './starts.js';
import {state} from './store.js';

/** All of them in the film's order, each with its second.
 * @returns {(Marker & {time: number})[]} */
export function timedMarkers() {
  const {story} = state;
  if (!story.markers.length) return [];
  const starts = startsOf(story);
  return story.markers.map(one => ({...one, time: one.at_s + (starts[one.anchor || ''] || 0)}))
    .sort((a, b) => a.time - b.time);
}

/** What things snap to. */
export const markerTimes = () => timedMarkers().map(({time}) => time);
