/* The three ways in which a story is laid out: to scale, as a board of scenes, and as text. */
import {attr, button, put} from '../kit/dom.js';
import {player} from '../stage/player.js';
import {onDraw, set, state} from '../store/store.js';
import {board} from './board.js';
import {prompts} from './prompts.js';

const KEPT = 'storyboard-layout';
/** @type {[layout: string, label: string, image: string][]} */
const LAYOUTS = [['', 'Timeline', 'strip'], ['board', 'Board', 'board'], ['prompts', 'Prompts as text', 'list']];

/** @type {(line: Line, choose: import('./cards.js').Act) => void} */
export function layouts(line, choose) {
  const {element} = line;
  /** @type {(name: string) => HTMLElement} */
  const find = name => element.querySelector(name);
  let layout = sessionStorage.getItem(KEPT) || '';
  const parts = {board: board(line, find('.sb-board'), choose), prompts: prompts(find('.sb-prompts'))};
  const buttons = LAYOUTS.map(([name, label, image]) => button(label, {
    image, text: false, kind: 'quiet', action: () => {
      if (name) player.pause();  // the stage makes room
      sessionStorage.setItem(KEPT, layout = name);
      set({});
    },
  }));
  find('.sb-layouts').append(...buttons);

  onDraw(() => {
    const {shots} = state.story, now = shots.length ? layout : '';
    put(find('.sb-layouts'), 'hidden', !shots.length);
    attr(find('.sb-timeline'), 'data-layout', now || null);
    buttons.forEach((one, i) => attr(one, 'aria-pressed', LAYOUTS[i][0] === now));
    for (const [name, draw] of Object.entries(parts)) {
      put(find(`.sb-${name}`), 'hidden', name !== now);
      if (name === now) draw();
    }
  });
}
