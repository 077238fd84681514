/* The takes of a shot or a transition as a filmstrip: each by four of its frames, with its score,
   to look at on the stage, to keep, to remove. */
import {attr, button, childrenOf, h, put, refuse} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {seconds} from '../kit/words.js';
import {player} from '../stage/player.js';
import {compared, firstTwo, sidesOf} from '../store/compare.js';
import {asSelected, itemOf, send, set, state} from '../store/store.js';
import {engineOf} from './engines.js';
import {scoreRows} from './score_rows.js';
import {inWords, moveTitle} from './tiles.js';

export function takeStrip() {
  const list = h('ol', {class: 'sb-takes'});
  const note = h('p', {class: 'sb-takes-note', role: 'status'});
  const again = button('Render those that are missing', {image: 'play', kind: 'link', action: () => {
    send('render_takes', {owner});
  }});
  const compare = button('Compare', {image: 'wipe', action: () => {
    set({compare: isCompared() ? null : firstTwo(owner), view: 'selection'});
  }});
  const isCompared = () => Boolean(compared() && state.compare.owner === owner);
  const element = h('section', {class: 'sb-takes-part', 'aria-label': 'Variations'},
    h('div', {class: 'sb-takes-head'}, h('h3', {}, 'Variations'), compare), note, list, again);
  let owner = '', toShow = false;

  const item = () => itemOf(asSelected(owner));
  /** The scores of each take. @type {WeakMap<Element, ReturnType<typeof scoreRows>>} */
  const rowsOf = new WeakMap();
  /** @param {number} index */
  const isLooked = index => Boolean(
    state.take && state.take.owner === owner && state.take.index === index);
  const jobs = () => state.progress.jobs || [state.progress.job].filter(Boolean);

  function make() {
    const index = list.children.length;
    const frames = h('span', {class: 'sb-take-frames'});
    const look = h('button', {type: 'button', class: 'sb-take-look', onclick: () => {
      if (look.getAttribute('aria-disabled') === 'true') return;
      set({take: isLooked(index) ? null : {owner, index}, compare: null, view: 'selection'});
      player.replay();
    }}, frames);
    const keep = button('Keep', {action: () => {
      send('keep_take', {owner, index});
      set({take: null});
    }});
    const remove = button('Remove this take', {
      image: 'close', text: false, kind: 'quiet', action: () => {
        send('remove_take', {owner, index});
        set({take: null});
      },
    });
    const rows = scoreRows();
    rows.element.hidden = true;
    const score = h('button', {
      type: 'button', class: 'sb-score', 'aria-expanded': 'false',
      onclick: () => {
        rows.element.hidden = !rows.element.hidden;
        attr(score, 'aria-expanded', String(!rows.element.hidden));
      },
    }, h('span'), icon('down'));
    const says = h('span', {class: 'sb-take-says'});
    const how = h('span', {class: 'sb-take-how'});
    const take = h('li', {class: 'sb-take'}, look,
      h('div', {class: 'sb-take-line'}, score, h('div', {class: 'sb-take-words'}, says, how),
        keep, remove), rows.element);
    rowsOf.set(take, rows);
    return list.appendChild(take);
  }

  /** What is asked of this take that is not of all.
   * @type {(take: Asked, takes: Asked[], style: boolean) => string} */
  const difference = (take, takes, style) => {
    /** @param {keyof Asked} name */
    const differs = name => takes.some(other => other[name] !== take[name]);
    const told = [
      differs('camera') && moveTitle(take.camera),
      style && differs('style') && inWords(take.style),
      differs('strength') && `strength ${Math.round(take.strength * 100)} %`,
      differs('duration_s') && seconds(take.duration_s),
      differs('engine') && engineOf(take.engine).title,
      differs('prompt') && 'another prompt',
    ].filter(Boolean);
    return told.join(' · ') || `seed ${take.seed}`;
  };

  /** @type {(node: HTMLElement, index: number, take: Asked, takes: Asked[],
   *   standing: Partial<TakeStanding>) => void} */
  const draw = (node, index, take, takes, standing) => {
    const [look, line] = childrenOf(node), [score, words, keep, remove] = childrenOf(line);
    const [frames] = childrenOf(look);
    const {state: how = 'stale', percent, reason, best} = standing;
    const present = item().present === index;
    const job = how === 'rendering' && jobs().find(one => (
      one.busy && one.kind === 'takes' && one.owner === owner));
    const pictures = job && job.live ? [job.live] : standing.pictures || [];
    if (frames.dataset.pictures !== pictures.join()) {
      frames.dataset.pictures = pictures.join();
      frames.replaceChildren(...pictures.map(src => h('img', {src, alt: '', loading: 'lazy'})));
    }
    const says = {
      ready: standing.score ? standing.score.says : 'Rendered', queued: 'Waiting its turn',
      rendering: `Rendering ${percent} %`, failed: reason, stale: 'Not rendered',
    }[how];
    const value = standing.score ? Math.round(standing.score.value * 100) : null;
    put(score, 'hidden', value === null);
    put(score.firstChild, 'textContent', value === null ? '' : String(value));
    attr(score, 'aria-label', `Score ${value} of 100: what it is made of`);
    put(score, 'title', 'Score of 100: what it is made of');
    rowsOf.get(node).update(!standing.score ? [] : standing.score.parts.map(([name, part, most]) => (
      {name, title: state.catalogue.meanings[name].title, text: `${Math.round(part * 100)} of 100`,
        bar: part, best: most})));
    put(words.children[0], 'textContent', says);
    put(words.children[1], 'textContent',
      [best && 'Best', standing.score && standing.score.differs,
        difference(take, takes, owner.includes('>'))].filter(Boolean).join(' · '));
    attr(node, 'data-state', how);
    attr(node, 'data-best', best ? 'yes' : null);
    attr(node, 'aria-current', present ? 'true' : null);
    node.style.setProperty('--sb-done', `${how === 'rendering' ? percent : 0}%`);
    attr(look, 'aria-pressed', isLooked(index));
    refuse(look, how === 'ready' ? '' : 'It can be looked at once it is rendered');
    attr(look, 'aria-label', [`Look at take ${index + 1}`, value === null ? '' : `score ${value}`,
      says, best ? 'best' : '', present ? 'in use' : ''].filter(Boolean).join(', '));
    put(keep.lastChild, 'textContent', present ? 'In use' : 'Keep');
    attr(keep, 'aria-label', present ? `Take ${index + 1} is in use` : `Keep take ${index + 1}`);
    refuse(keep, present ? 'This is how it is made now' : '');
    attr(remove, 'aria-label', `Remove take ${index + 1}`);
  };

  /** @param {string} name */
  function update(name) {
    owner = name;
    const {takes} = item();
    const standings = (state.progress.takes || {})[owner] || [];
    if (toShow && takes.length > list.children.length) {
      toShow = false;
      requestAnimationFrame(() => element.scrollIntoView({block: 'start'}));
    }
    put(element, 'hidden', !takes.length);
    while (list.children.length > takes.length) list.lastChild.remove();
    takes.forEach((take, index) => {
      const node = /** @type {HTMLElement} */ (list.children[index]) || make();
      draw(node, index, take, takes, standings[index] || {});
    });
    const waiting = standings.filter(one => ['queued', 'rendering'].includes(one.state)).length;
    const missing = standings.some(one => (
      ['stale', 'failed'].includes(one.state) || (one.state === 'ready' && !one.score)));
    put(note, 'textContent', waiting ? `${takes.length - waiting} of ${takes.length} are there`
      : item().present < 0 ? 'It is made in none of these ways now' : '');
    put(compare, 'hidden', sidesOf(owner).length < 2);
    attr(compare, 'aria-pressed', isCompared());
    put(again, 'hidden', !missing || waiting > 0);
  }

  /* The new ones come into sight as soon as they are there. */
  return {element, update, show: () => { toShow = true; }};
}
