/* What is chosen for one shot or transition, given to all of its kind in one step: a small button
   beside the field. */
import {button, put, refuse} from '../kit/dom.js';
import {edgeOf, setMany, state} from '../store/store.js';
import {engineOf} from './engines.js';

/** Choosing another engine for all gives back to it what it lacks.
 * @type {(name: string, items: {owner: string, item: Part}[]) => {owners: string[], fields: Changes}[]} */
export function engineChanges(name, items) {
  const {cameras, styles} = engineOf(name);
  /** @param {(item: Part) => boolean} lacks */
  const of = lacks => items.filter(({item}) => lacks(item)).map(({owner}) => owner);
  return [
    {owners: of(() => true), fields: {engine: name}},
    {owners: of(({camera}) => !cameras.includes(camera)), fields: {camera: 'auto'}},
    {owners: of(({style}) => style !== undefined && !styles.includes(style)), fields: {style: 'auto'}},
  ];
}

/** @type {(owner: string) => {owner: string, item: Part}[]} all of the kind of `owner` */
const likeThis = owner => (edgeOf(owner)
  ? state.story.edges.map(item => ({owner: item.owner, item}))
  : state.story.shots.map(item => ({owner: item.id, item})));

/** @param {string} label what the field sets, in words
 * @param {'duration_s' | 'engine' | 'camera' | 'style'} name
 * @param {HTMLElement} field
 * @param {() => string} owner */
export function forAll(label, name, field, owner) {
  const apply = button('', {kind: 'link', action: () => {
    const all = likeThis(owner()), value = all.find(one => one.owner === owner()).item[name];
    if (name === 'engine') setMany(engineChanges(String(value), all));
    else setMany([{owners: takers(all).map(one => one.owner), fields: {[name]: value}}]);
  }});
  apply.classList.add('sb-for-all');
  field.append(apply);

  /* Those that can have it: an engine may lack the move or the style. */
  /** @param {ReturnType<typeof likeThis>} all */
  function takers(all) {
    const value = all.find(one => one.owner === owner()).item[name];
    return all.filter(({owner: other, item}) => {
      const {cameras, styles} = engineOf(item.engine) || engineOf('auto');
      return other === owner() || name === 'duration_s' || name === 'engine'
        || (name === 'camera' ? cameras : styles).includes(String(value));
    });
  }

  return () => {
    const all = likeThis(owner()), kind = edgeOf(owner()) ? 'transitions' : 'shots';
    const mine = all.find(one => one.owner === owner());
    put(apply, 'hidden', all.length < 2 || !mine);
    if (all.length < 2 || !mine) return;
    const to = takers(all);
    put(apply.lastChild, 'textContent', `Use for all ${to.length}`);
    apply.dataset.title = `Give this ${label} to all ${to.length} ${kind}`;
    refuse(apply, to.every(({item}) => item[name] === mine.item[name]) ? 'They all have it' : '');
  };
}
