/* What a card has on top of its picture: the handle that trims its start, and a mark on the seconds
   that its file does not fill. */
import {attr, childrenOf, h, put} from '../kit/dom.js';
import {seconds} from '../kit/words.js';
import {beyond} from '../store/footage.js';
import {onDraw, shotOf, state} from '../store/store.js';

/** @param {Line} line */
export function clipMarks({strip}) {
  /** @param {HTMLElement} node */
  function draw(node) {
    const shot = state.story && shotOf(node.dataset.name);
    if (!shot) return;
    if (!node.querySelector(':scope > .sb-trim-in')) {
      node.append(h('span', {class: 'sb-trim-in', 'aria-hidden': 'true'}),
        h('span', {class: 'sb-beyond', 'aria-hidden': 'true', hidden: true},
          h('span', {}, h('span'), h('span', {class: 'sb-beyond-word'}))));
    }
    /** @type {HTMLElement} */
    const mark = node.querySelector(':scope > .sb-beyond');
    const left = beyond(state.story, shot), loops = shot.past_end === 'loop';
    put(mark, 'hidden', !left);
    if (!left) return;
    mark.style.width = `${Math.min(100, 100 * left / shot.duration_s)}%`;
    attr(mark, 'data-kind', loops ? 'loop' : 'generated');
    const [many, word] = childrenOf(mark.firstElementChild);
    put(many, 'textContent', `+${seconds(left)}`);
    put(word, 'textContent', loops ? ' repeated' : ' generated');
  }

  const all = () => /** @type {NodeListOf<HTMLElement>} */ (strip.querySelectorAll('.sb-shot'));
  new MutationObserver(() => all().forEach(draw)).observe(strip, {childList: true});
  onDraw(() => all().forEach(draw));
}
