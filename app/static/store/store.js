/* What all parts of the page share: the story as the server last gave it, how far its clips are,
   and what is selected here. */
import {foresee} from './foresee.js';
import {makeOutbox} from './outbox.js';

const LEFT = 'storyboard-unanswered';
const MESSAGES = 6;  // more at once would push the stage away
const tab = [...crypto.getRandomValues(new Uint8Array(12))]
  .map(byte => byte.toString(16).padStart(2, '0')).join('');
/** @type {Set<(state: State) => void>} */
const drawers = new Set();
/** Where a range of shots begins. @type {string | undefined} */
let anchor;

/** @type {State} */
export const state = {
  story: null, progress: {}, catalogue: null,
  scores: {owners: {}, overall: '', waiting: 0},
  selected: null, picked: [], pending: [], messages: [], panel: 'selection', sound: null, solo: [],
  take: null, compare: null, captioning: null, selecting: false,
  view: 'story', format: 'mp4', lost: false, saidSaved: false,
};

const outbox = makeOutbox({
  tab, left: JSON.parse(sessionStorage.getItem(LEFT) || '[]'),
  heard: lost => {
    state.lost = lost;
    if (lost) draw();
  },
});
sessionStorage.removeItem(LEFT);

/** The lane of the shots' own sounds, where others are named by their track. */
export const SHOTS = '';

/** @type {(story: Story, what: Heard) => boolean} */
const exists = ({tracks}, {kind, id}) => (kind === 'track'
  ? id === SHOTS || tracks.some(track => track.id === id)
  : tracks.some(track => track.sounds.some(sound => sound.id === id)));

/** Send a command, and show what it will do. Resolves when the story has come back with this done,
    or refused.
 * @param {string} op
 * @param {Record<string, any>} [fields] */
export function send(op, fields = {}) {
  const command = {op, ...fields};
  if (state.story) {
    const before = {...state.story};
    foresee(state.story, command,
      state.catalogue && {...state.catalogue.new_edge, ...state.story.new_edges});
    reselect(before, state.story);
  }
  const done = outbox.add(command);
  draw();
  return done;
}

/* What is unanswered when the page goes away, by a reload or since the server came back, is sent
   by the next one under its old number: what was done already is not done twice. */
window.addEventListener('pagehide', () => {
  // What is being typed, too.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  const unanswered = outbox.unanswered();
  if (unanswered.length) sessionStorage.setItem(LEFT, JSON.stringify(unanswered));
});

/** Take in what the server says: it is shown until the user has closed it.
 * @param {string[]} [messages] */
export function hear(messages = []) {
  if (!messages.length) return;
  state.messages = [...new Set([...state.messages, ...messages])].slice(-MESSAGES);
  draw();
}

/** @param {Story | null} view */
export function accept(view) {
  if (!view) return;
  hear(view.messages);  // that holds, whether or not a later answer has overtaken it
  if (!view.story) return;
  const before = state.story;
  // Of two answers the one that was made first may come last.
  if (before && before.story === view.story && view.answer < before.answer) return;
  if (outbox.answer(view) !== 'latest') return;
  state.story = view;
  // Weights may have come in since the page was opened.
  if (state.catalogue) state.catalogue.engines = view.engines;
  reselect(before, view);
  outbox.release();
  draw();
}

/** @type {(before: Story | null, view: Story) => void} */
function reselect(before, view) {
  if (!before || before.story !== view.story) {
    try {
      state.selected = JSON.parse(sessionStorage.getItem(`selected-${view.story}`));
    } catch { state.selected = null; }
    if (before) Object.assign(state, {view: 'story', panel: 'selection', sound: null, solo: []});
  }
  state.picked = state.picked.filter(owner => itemOf(asSelected(owner)));
  if (state.sound && !exists(view, state.sound)) selectSound(null);
  state.solo = state.solo.filter(id => id === SHOTS || view.tracks.some(track => track.id === id));
  if (state.selected && itemOf(state.selected)) {
    if (!state.picked.length) state.picked = alone(state.selected);
    return;
  }
  // What was selected is gone: its neighbour is next.
  const id = state.selected ? ownerOf(state.selected).split('>')[0] : '';
  const gone = before ? before.shots.findIndex(s => s.id === id) : 0;
  const next = view.shots[Math.min(Math.max(gone, 0), view.shots.length - 1)];
  state.selected = next ? {kind: 'shot', id: next.id} : null;
  state.picked = alone(state.selected);
}

/** @param {Progress | null} progress */
export function follow(progress) {
  if (!progress || !progress.states || progress.answer < state.progress.answer) return;
  const before = state.progress.job;
  state.progress = progress;
  // Something other than a command has changed the story.
  if (state.story && progress.story === state.story.story && progress.rev > outbox.rev
    && outbox.quiet) send('sync');
  const job = progress.job;
  if (before && before.busy && job && job.id === before.id && job.state === 'done') {
    if (job.kind === 'story') state.view = 'video';
  }
  draw();
}

/** @type {(what: Selected | null) => string[]} */
const alone = what => (what ? [ownerOf(what)] : []);

/**
 * @param {Selected | null} what
 * @param {string[]} [picked]
 * @param {State['panel']} [panel] */
export function select(what, picked = alone(what), panel = 'selection') {
  if (picked.length < 2) anchor = picked[0];
  Object.assign(state, {
    selected: what, picked, panel, view: 'selection', take: null, compare: null, sound: null,
  });
  if (state.story) {
    sessionStorage.setItem(`selected-${state.story.story}`, JSON.stringify(what));
  }
  drawNow();
}

/** Select a sound or a track: its fields are in the inspector, and what the stage shows stays.
 * @param {Heard | null} what */
export function selectSound(what) {
  if (what) Object.assign(state, {sound: what, panel: 'sound'});
  else Object.assign(state, {sound: null, panel: state.panel === 'sound' ? 'selection' : state.panel});
  draw();
}

/** Pick a shot or a transition too, or no longer; with `range`, all from the one that was last
    picked alone: of its kind only, where both ends are of one.
 * @param {string} owner */
export function pick(owner, {range = false} = {}) {
  const all = owners(), {kind} = asSelected(owner);
  const [from, to] = [Math.max(0, all.indexOf(anchor)), all.indexOf(owner)];
  const between = all.slice(Math.min(from, to), Math.max(from, to) + 1);
  const alike = asSelected(all[from]).kind === kind;
  const picked = range ? between.filter(one => !alike || asSelected(one).kind === kind)
    : all.filter(other => state.picked.includes(other) !== (other === owner));
  if (!range) anchor = owner;
  if (picked.length) pickAll(picked, owner);  // the last one stays
}

/** Pick these and no others; the stage shows `first`, where it is one of them.
 * @param {string[]} picked */
export function pickAll(picked, first = picked[0]) {
  select(asSelected(picked.includes(first) ? first : picked[picked.length - 1]), picked);
}

/** All shots and transitions, as they follow each other.
 * @returns {string[]} */
export const owners = () => state.story.shots.flatMap(({id}, i) => {
  const after = state.story.edges[i];
  return after ? [id, after.owner] : [id];
});

/** Set fields of many shots and transitions, in one step.
 * @param {{owners: string[], fields: Changes}[]} changes */
export function setMany(changes) {
  const some = changes.filter(({owners: of}) => of.length);
  return some.length ? send('set_many', {changes: some}) : null;
}

/** @param {Partial<State>} changes */
export function set(changes) {
  Object.assign(state, changes);
  drawNow();
}

let scheduled = 0;
function draw() {
  if (held) owed = true;
  else if (!scheduled) scheduled = requestAnimationFrame(drawNow);
}

/* Leaving a field by a press saves it, and what is drawn then could move what was pressed away
   from under the pointer: it waits for the release and its click, if they come within a second. */
let held = 0, owed = false;
window.addEventListener('pointerdown', ({button}) => {
  if (button) return;
  clearTimeout(held);
  held = setTimeout(release, 1000);
  cancelAnimationFrame(scheduled);
  owed = owed || Boolean(scheduled);
  scheduled = 0;
}, true);
for (const type of ['pointerup', 'pointercancel']) {
  window.addEventListener(type, () => setTimeout(release), true);
}
function release() {
  clearTimeout(held);
  held = 0;
  if (owed) drawNow();
}

/* What the user chose is there before their next key or click. */
function drawNow() {
  cancelAnimationFrame(scheduled);
  scheduled = 0;
  owed = false;
  if (state.story) for (const drawer of drawers) drawer(state);
}

/** @type {(id: string) => Shot | undefined} */
export const shotOf = id => state.story.shots.find(s => s.id === id);
/** @type {(owner: string) => Edge | undefined} */
export const edgeOf = owner => state.story.edges.find(e => e.owner === owner);
/** @type {(what: Selected) => Shot | Edge | undefined} */
export const itemOf = what => (what.kind === 'shot' ? shotOf(what.id) : edgeOf(what.owner));
/** @type {(what: Selected) => string} */
export const ownerOf = what => (what.kind === 'shot' ? what.id : what.owner);

/** A shot or an edge by its name, as what is selected.
 * @type {(owner: string) => Selected} */
export const asSelected = owner => (
  owner.includes('>') ? {kind: 'edge', owner} : {kind: 'shot', id: owner});

/** How far a shot or an edge is; a cut has a state of its own.
 * @param {string} owner
 * @returns {Standing} */
export function standingOf(owner) {
  const known = (state.progress.states || {})[owner];
  if (known) return known;
  const joint = edgeOf(owner);
  if (joint && joint.duration_s * state.story.settings.fps < 0.5) return {state: 'cut'};
  return {state: 'stale'};
}

/** Why a shot or an edge cannot even be tried: other failures belong to a job.
 * @param {string} owner */
export function refusalOf(owner) {
  const {state: now, job, reason} = standingOf(owner);
  return now === 'failed' && !job ? reason : '';
}

/** What can be played of a shot or an edge: of the take that is looked at, else as it is made now.
 * @param {string} owner
 * @returns {Clip[]} */
export function clipsOf(owner) {
  const {take, progress, story} = state;
  if (progress.story !== story.story) return [];
  const looked = take && take.owner === owner && ((progress.takes || {})[owner] || [])[take.index];
  return looked ? looked.clips : (progress.clips || {})[owner] || [];
}

// Another tab may have edited the story meanwhile.
window.addEventListener('focus', () => { if (state.story && outbox.quiet) send('sync'); });

export const unsaved = () => !outbox.quiet;
export const connect = outbox.connect;
/** @param {(state: State) => void} drawer */
export function onDraw(drawer) {
  drawers.add(drawer);
  draw();
}

/** Resolves once there is a story. @type {Promise<void>} */
export const loaded = new Promise(resolve => {
  const once = () => {
    drawers.delete(once);
    resolve();
  };
  onDraw(once);
});
