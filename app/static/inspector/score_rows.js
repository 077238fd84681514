/* Scores in words: for each a line with its number, a bar, and what it means. */
import {attr, h, put, setWidth} from '../kit/dom.js';
import {state} from '../store/store.js';

export function scoreRows() {
  const element = h('dl', {class: 'sb-score-rows'});

  function make() {
    const bar = h('div', {class: 'sb-score-bar', 'aria-hidden': 'true'}, h('div'));
    return element.appendChild(h('div', {class: 'sb-score-row'},
      h('dt'), h('dd', {class: 'sb-score-text'}), h('dd', {}, bar), h('dd', {class: 'sb-score-means'})));
  }

  /** @param {ScoreRow[]} rows */
  function update(rows) {
    while (element.children.length > rows.length) element.lastChild.remove();
    rows.forEach(({name, title, text = '', bar, tone = 'plain', best = false}, i) => {
      const row = element.children[i] || make();
      const [head, words, line, means] = row.children;
      put(head, 'textContent', title);
      put(words, 'textContent', best ? `${text}, the most` : text);
      put(means, 'textContent', state.catalogue.meanings[name].means);
      setWidth(line.firstElementChild, Math.round(100 * bar));
      attr(row, 'data-tone', tone);
      attr(row, 'data-best', best ? 'yes' : null);
    });
  }

  return {element, update};
}
