/* What the apps that show vertical films lay over them: where words and faces are covered. About, for
   they change, and as they advise for advertisements, over which most is laid. */
import {h, put} from '../kit/dom.js';
import {onDraw, state} from '../store/store.js';

/** Percent that are covered at the top, right, bottom and left. */
const COVERED = {Reels: [14, 6, 35, 6], TikTok: [7, 13, 25, 6], Shorts: [15, 18, 35, 5]};
const KEPT = 'storyboard-safe-area';

/** @param {HTMLElement} frame the stage's
 * @param {HTMLElement} place of the choice */
export function safeAreas(frame, place) {
  const area = h('div', {class: 'sb-safe', hidden: true, 'aria-hidden': 'true'});
  const choice = h('select', {class: 'sb-safe-choice', 'aria-label': 'Safe area'},
    h('option', {value: ''}, 'No safe area'),
    ...Object.keys(COVERED).map(name => h('option', {value: name}, name)));
  choice.title = 'What an app lays over a vertical film';
  choice.addEventListener('change', () => {
    localStorage.setItem(KEPT, choice.value);
    draw();
  });
  frame.append(area);
  place.prepend(choice);

  function draw() {
    const {width, height} = state.story.settings, upright = width / height < 0.7;
    const name = localStorage.getItem(KEPT) || '';
    const covered = COVERED[/** @type {keyof typeof COVERED} */ (name)];
    put(choice, 'hidden', !upright);
    put(choice, 'value', covered ? name : '');
    put(area, 'hidden', !upright || !covered || !state.story.shots.length);
    if (covered) area.style.inset = covered.map(percent => `${percent}%`).join(' ');
  }
  onDraw(draw);
}
