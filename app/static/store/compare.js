/* Which takes of a shot or a transition can be compared, and which two are. */
import {asSelected, itemOf, ownerOf, state} from './store.js';

export const NOW = -1;  // as it is made now, where no take is that

/** What can be seen of each: its number among the takes, and its clips.
 * @param {string} owner
 * @returns {{index: number, label: string, clips: Clip[], best: boolean}[]} */
export function sidesOf(owner) {
  const item = itemOf(asSelected(owner)), {takes = {}, clips = {}, story} = state.progress;
  if (!item || story !== state.story.story) return [];
  const sides = (takes[owner] || []).map(({clips: its, best}, index) => (
    {index, label: `Take ${index + 1}`, clips: its, best})).filter(side => side.clips.length);
  return item.present < 0 && (clips[owner] || []).length
    ? [{index: NOW, label: 'As it is now', clips: clips[owner], best: false}, ...sides] : sides;
}

/** The two to begin with: how it is made now, and what is looked at, else the best of the others.
 * @param {string} owner */
export function firstTwo(owner) {
  const sides = sidesOf(owner), {present} = itemOf(asSelected(owner)), {take} = state;
  const left = sides.find(side => side.index === present) || sides[0];
  const others = sides.filter(side => side !== left);
  const right = others.find(({index}) => take && take.owner === owner && take.index === index)
    || others.find(({best}) => best) || others[0];
  return {owner, left: left.index, right: right.index};
}

/** The two sides that are compared on the stage; null where none are, or one is gone. */
export function compared() {
  const {compare, selected, view} = state;
  if (!compare || view !== 'selection' || !selected || ownerOf(selected) !== compare.owner) return null;
  const sides = sidesOf(compare.owner);
  const [left, right] = [compare.left, compare.right].map(
    index => sides.find(side => side.index === index));
  return left && right ? {left, right, sides} : null;
}
