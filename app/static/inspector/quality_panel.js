/* How good the story is where it is rendered: every transition, and every shot of several clips, with
   what is wrong and all scores on demand. A press on one selects and plays it. */
import {attr, button, h, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {keyed} from '../kit/keyed.js';
import {plural} from '../kit/words.js';
import {player} from '../stage/player.js';
import {asSelected, ownerOf, select, set, standingOf, state} from '../store/store.js';
import {driftCurve} from './drift_curve.js';
import {scoreRows} from './score_rows.js';

/** @returns {Panel} */
export function qualityPanel() {
  /** @type {Record<string, string>} */
  const SIGNS = {good: 'check', fair: 'minus', bad: 'alert'};
  const opened = new Set();  // whose scores are unfolded
  const line = h('p', {class: 'sb-overall', role: 'status'});
  const note = h('p', {class: 'sb-overall-note'});
  const list = h('ol', {class: 'sb-parts'});
  const close = button('Close', {
    image: 'close', text: false, kind: 'quiet', action: () => set({panel: 'selection'}),
  });
  const element = h('div', {class: 'sb-panel sb-quality'},
    h('div', {class: 'sb-heading'}, h('h2', {}, 'Checks'), close), line, note, list);

  /** @typedef {{owner: string, title: string, shots: Shot[]}} Line */
  /** In playing order: transitions that are no cuts, and shots that have scores.
   * @returns {Line[]} */
  function parts() {
    const {owners} = state.scores;
    return state.story.shots.flatMap((shot, i) => {
      const edge = state.story.edges[i - 1];
      const joint = edge && standingOf(edge.owner).state !== 'cut'
        ? [{owner: edge.owner, title: `${i} → ${i + 1}`, shots: [state.story.shots[i - 1], shot]}] : [];
      return [...joint, ...(owners[shot.id]
        ? [{owner: shot.id, title: `Shot ${i + 1}`, shots: [shot]}] : [])];
    });
  }

  /** @param {string} owner */
  function play(owner) {
    const what = asSelected(owner);
    select(what, what.id ? [what.id] : [], 'quality');
    player.replay();
    // On a narrow page the picture is out of sight.
    document.querySelector('.sb-stage').scrollIntoView({block: 'nearest'});
  }

  /** @param {Line} line */
  function make({owner}) {
    const sign = h('span', {class: 'sb-part-sign'}), pictures = h('span', {class: 'sb-part-shots'});
    const title = h('b'), says = h('span', {class: 'sb-part-says'});
    const look = h('button', {type: 'button', class: 'sb-part-look', onclick: () => play(owner)},
      pictures, h('span', {class: 'sb-part-words'}, h('span', {class: 'sb-part-title'}, title, sign), says));
    const rows = scoreRows(), curve = driftCurve();
    const more = button('Scores', {image: 'down', text: false, kind: 'quiet', action: () => {
      if (!opened.delete(owner)) opened.add(owner);
      set({});
    }});
    more.classList.add('sb-unfold');
    const root = h('li', {class: 'sb-part'}, h('div', {class: 'sb-part-head'}, look, more),
      curve.element, rows.element);
    return {root, update(/** @type {Line} */ part) {
      const seen = state.scores.owners[owner];
      drawPictures(pictures, part.shots);
      put(title, 'textContent', part.title);
      put(says, 'textContent', seen ? seen.says : standing(owner));
      const tone = seen ? seen.tone : 'none';
      if (root.dataset.tone !== tone) {
        root.dataset.tone = tone;
        sign.replaceChildren(...(seen ? [icon(SIGNS[tone])] : []));
      }
      const current = state.selected && ownerOf(state.selected) === owner;
      attr(look, 'aria-current', current ? 'true' : null);
      attr(look, 'aria-label', `Play ${owner.includes('>') ? 'transition ' : ''}${part.title}: ${says.textContent}`);
      const has = Boolean(seen && seen.rows.length), open = has && opened.has(owner);
      put(more, 'hidden', !has);
      attr(more, 'aria-expanded', String(open));
      attr(more, 'aria-label', `Scores of ${part.title}`);
      curve.update(seen && seen.drift);
      put(rows.element, 'hidden', !open);
      if (open) rows.update(seen.rows.map(row => ({...row, title: row.text, text: ''})));
    }};
  }

  /** @type {(box: HTMLElement, shots: Shot[]) => void} */
  const drawPictures = (box, shots) => {
    const shown = shots.map(({thumb, colour}) => thumb || colour).join();
    if (box.dataset.shown === shown) return;
    box.dataset.shown = shown;
    box.replaceChildren(...shots.map(({thumb, colour}) => (thumb
      ? h('img', {src: thumb, alt: '', loading: 'lazy'})
      : h('i', {style: `background: ${colour}`}))));
  };

  /** @param {string} owner */
  function standing(owner) {
    const {state: now} = standingOf(owner);
    if (['ready', 'draft'].includes(now)) {
      return state.scores.waiting ? 'Being looked at' : 'Needs both its shots rendered';
    }
    /** @type {Record<string, string>} */
    const words = {
      queued: 'Waits to be rendered', rendering: 'Being rendered', failed: 'Failed',
    };
    return words[now] || 'Not rendered';
  }

  function update() {
    const {owners, overall} = state.scores;
    const all = parts(), seen = all.map(({owner}) => owners[owner]).filter(Boolean);
    put(close, 'hidden', !state.selected);
    put(line, 'textContent', overall || (all.length
      ? 'Nothing is rendered yet; a preview or a render brings the scores.'
      : 'Two shots with a transition between them have scores once they are rendered.'));
    attr(line, 'data-tone', seen.some(one => one.tone === 'bad') ? 'bad' : seen.length ? 'good' : null);
    const drafts = seen.filter(one => one.draft).length;
    put(note, 'textContent', !drafts ? '' : drafts === seen.length ? 'As seen in the drafts.'
      : `${plural(drafts, 'part')} as seen in a draft.`);
    keyed(list, all, part => part.owner, make);
  }

  return {element, update, save: () => {}};
}
