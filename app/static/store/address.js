/* The page's address names its story: so every tab has a story of its own, and the browser's back and
   forward go from one to the next. It opens none to whom the server does not know as its owner. */
import {onDraw, send, state} from './store.js';

const NAME = /^[0-9a-f]{16}$/;  // what a server for one story shows has another

/** @type {(story?: string) => URL} */
function address(story) {
  const url = new URL(location.href);
  if (story) url.searchParams.set('story', story);
  return url;
}
const named = () => address().searchParams.get('story');

/** Where a story is found, from here.
 * @type {(story: string) => string} */
export const addressOf = story => address(story).search;

let shown = '';
onDraw(({story: {story, title}}) => {
  document.title = `${title || 'Untitled story'} · SEINE Storyboard`;
  if (story === shown || !NAME.test(story)) return;
  if (named() !== story) history[shown ? 'pushState' : 'replaceState'](null, '', address(story));
  shown = story;
});

window.addEventListener('popstate', async () => {
  const name = named();
  if (!name || !state.story || name === state.story.story) return;
  await send('open_story', {name});
  // It may be deleted by now.
  if (named() !== state.story.story) history.replaceState(null, '', address(state.story.story));
});
