/* How a shot or a transition looks, copied to be given to others, in whatever tab and story. The
   browser keeps it; the server looks at every field of it that is set. */
import {asSelected, itemOf, setMany, state} from './store.js';

const KEPT = 'storyboard-look';
/** What makes the look of each. @type {Record<Selected['kind'], string[]>} */
const FIELDS = {
  shot: ['engine', 'camera', 'strength', 'fit'],
  edge: ['engine', 'style', 'camera', 'strength', 'duration_s'],
};

/** @type {(kind: Selected['kind']) => string[]} */
export const pickedOf = kind => state.picked.filter(owner => asSelected(owner).kind === kind);

/** Copy the look of what is selected; what kind of thing that is. */
export function copyLook() {
  const {selected} = state, item = /** @type {Changes} */ (itemOf(selected)), {kind} = selected;
  const fields = Object.fromEntries(FIELDS[kind].map(name => [name, item[name]]));
  localStorage.setItem(KEPT, JSON.stringify({kind, fields}));
  return kind;
}

/** @returns {{kind: Selected['kind'], fields: Changes} | null} */
function copiedLook() {
  try {
    const {kind, fields} = JSON.parse(localStorage.getItem(KEPT));
    const known = FIELDS[/** @type {Selected['kind']} */ (kind)].filter(name => name in fields);
    return {kind, fields: Object.fromEntries(known.map(name => [name, fields[name]]))};
  } catch { return null; }
}

/** What of the selection the copied look is for. */
export function lookTargets() {
  const look = copiedLook();
  return look ? pickedOf(look.kind) : [];
}

/** Give the copied look to what is selected of its kind; to how many. */
export function pasteLook() {
  const targets = lookTargets();
  if (targets.length) setMany([{owners: targets, fields: copiedLook().fields}]);
  return targets.length;
}
