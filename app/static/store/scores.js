/* The scores of what is rendered: asked for when the story or its renders have changed, soon where
   they are on show and else once nothing is edited for a while, and again as long as the server still
   looks at some. Only what changed since comes. */
import {onDraw, set, state} from './store.js';

const SOON_MS = 300, SETTLED_MS = 2500, AGAIN_MS = 1200;
/** @type {() => State['scores']} */
const none = () => ({owners: {}, overall: '', waiting: 0});
let known = '', address = '', since = 0, timer = 0;

/** @param {number} ms */
function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(ask, ms);
}

async function ask() {
  if (document.hidden) return later(AGAIN_MS);
  const asked = state.story.scores;
  if (asked !== address) {
    [address, since, state.scores] = [asked, 0, none()];
  }
  /** @type {ScoresAnswer} */
  let answer;
  try {
    const response = await fetch(`${asked}?since=${since}`, {cache: 'no-store'});
    if (response.status !== 200) return;  // the next change asks again
    answer = await response.json();
  } catch {
    return;  // gone, or on its way back: the pulse tells
  }
  if (asked !== state.story.scores) return later(SOON_MS);
  const {owners, waiting, overall, changes} = answer;
  const {scores} = state;
  if (changes !== since || waiting !== scores.waiting || overall !== scores.overall) {
    since = changes;
    set({scores: {owners: {...scores.owners, ...owners}, overall, waiting}});
  }
  if (waiting) later(AGAIN_MS);
}

onDraw(({story, progress, panel}) => {
  const shown = panel === 'quality';
  const now = `${story.scores} ${story.rev} ${progress.changes || 0} ${shown}`;
  if (now === known) return;
  known = now;
  later(shown ? SOON_MS : SETTLED_MS);
});

/** Why a shot or a transition is to be looked at again; '' where nothing is wrong.
 * @param {string} owner */
export function faultOf(owner) {
  const seen = state.scores.owners[owner];
  return seen ? seen.flags.map(flag => flag.says).join('. ') : '';
}
