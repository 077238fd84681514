/* What the tour shows, in order: where each step points, what is said there, and when it is done. */
import {player} from '../stage/player.js';
import {asSelected, select, state} from '../store/store.js';

/** A step. `at` gives what it points at, null where there is none; `clear` is what else its words
    are to leave in sight, where there is room; `begin` makes what `at` shows.
 * @typedef {{title: string, text: string, at: () => Element | null, clear?: string,
 *   begin?: () => void, done: (before: Story) => boolean}} Step */

/** The first in sight of what a selector finds. @type {(selector: string) => Element | null} */
const seen = selector => [...document.querySelectorAll(selector)].find(element => {
  const {left, right, width} = element.getBoundingClientRect();
  return width && right > 0 && left < window.innerWidth;
}) || null;
const edges = (/** @type {Story} */ story) => JSON.stringify(story.edges);

/** @type {Step[]} */
export const STEPS = [
  {
    title: 'Press play',
    text: 'This sample story has six pictures, and between each two a transition made of both.',
    at: () => seen('.sb-stagebar .sb-play'), clear: '.sb-stage', done: () => player.playing,
  },
  {
    title: 'Choose a transition',
    text: 'The ramps between the shots. Each has its own length, style and words.',
    at: () => seen('.sb-strip .sb-link'), clear: '.sb-scroll',
    done: () => Boolean(state.selected) && state.selected.kind === 'edge',
  },
  {
    title: 'Change how it goes',
    text: 'Take another style. Its tile moves as the transition will; Preview renders this one alone.',
    at: () => seen('.sb-inspector label:not(:has(:checked)):has(.sb-style)'), clear: '.sb-inspector',
    begin: () => {
      const [first] = state.story.edges;
      if (state.selected?.kind !== 'edge' || state.panel !== 'selection') select(asSelected(first.owner));
    },
    done: before => edges(before) !== edges(state.story),
  },
  {
    title: 'Now your own',
    text: 'Add images or videos, or drop them anywhere on the page. Stories begins a new one.',
    at: () => seen('.sb-actions .sb-file'), clear: '.sb-bar',
    done: before => before.shots.length < state.story.shots.length || state.pending.length > 0,
  },
];
