/* Asks every other second whether the story or its renders were changed elsewhere: in another tab,
   or by another visitor of a shared story. Only while the page is looked at. */
import {send, set, state, unsaved} from './store.js';

const EVERY_MS = 2000;

const known = () => `${state.story.rev} ${state.progress.changes || 0}`;

async function ask() {
  if (document.hidden || !state.story || unsaved()) return;
  const before = known();
  let beat;
  try {
    const answer = await fetch(state.story.revision, {cache: 'no-store'});
    if (answer.status === 401) location.reload();  // logged out meanwhile
    beat = await answer.text();
  } catch {
    if (!state.lost) set({lost: true});  // gone, or on its way back
    return;
  }
  // What this page did meanwhile is answered to it anyway.
  if (unsaved() || known() !== before) return;
  if (beat !== before || state.lost) {
    set({lost: false});
    send('sync');
  }
}

setInterval(ask, EVERY_MS);
