/* What can be done with shots as wholes; buttons, keys and drags all come here. */
import {seconds} from '../kit/words.js';
import {player} from '../stage/player.js';
import {ownerOf, select, send, set, shotOf, state} from '../store/store.js';
import {stepPlace} from './order.js';
import {scale} from './scale.js';

const ids = () => state.story.shots.map(shot => shot.id);
/* The shots that are picked, in the story's order. */
const picked = () => ids().filter(id => state.picked.includes(id));
/** @param {number} n */
const count = n => (n === 1 ? 'Shot' : `${n} shots`);
/** @param {number} s */
const frames = s => Math.round(s * state.story.settings.fps);

/* Before which shot something new goes: after what is selected, or last (null). */
function here() {
  const {selected} = state;
  const left = picked().pop() || (selected ? selected.owner.split('>')[0] : null);
  return (left && ids()[ids().indexOf(left) + 1]) || null;
}

/** Where the picked shots go with one step to the left or right.
 * @param {number} by */
const step = by => stepPlace(ids(), picked(), by);

/* The shot that S splits, and where: the one under the playhead there, or the selected one in
   half. */
function cut() {
  const {time} = player;
  const under = scale.places.find(p => p.kind === 'shot' && p.start < time && time < p.end);
  if (under && frames(time - under.start) > 0 && frames(under.end - time) > 0) {
    return {id: under.name, at_s: time - under.start};
  }
  const shot = state.picked.length && shotOf(ownerOf(state.selected));
  return shot && frames(shot.duration_s) > 1 ? {id: shot.id, at_s: shot.duration_s / 2} : null;
}

/** `wanted` seconds in whole frames, as many as a shot or a transition may have.
 * @type {(name: string, wanted: number) => number} */
const whole = (name, wanted) => {
  const {fps} = state.story.settings, kind = name.includes('>') ? 'edge' : 'shot';
  const most = Math.floor(state.catalogue.limits[kind].duration_s.max * fps);
  return Math.min(most, Math.max(kind === 'edge' ? 0 : 1, frames(wanted))) / fps;
};

/**
 * @param {Pick<Line, 'say'>} line
 * @returns {LineActions} */
export function actions({say}) {
  /** @type {LineActions['move']} */
  const move = (moving, before) => {
    const order = ids(), from = order.indexOf(moving[0]) + 1;
    send('move', {ids: moving, before});
    const to = ids().indexOf(moving[0]) + 1;
    const last = to + moving.length - 1;
    say(moving.length === 1 ? `Shot ${from} moved to place ${to} of ${order.length}`
      : `${moving.length} shots moved to places ${to} to ${last} of ${order.length}`);
  };

  /** Do what makes new shots, and select these unless the user is writing meanwhile.
   * @type {LineActions['make']} */
  const make = async (op, fields) => {
    const {story} = state.story, known = new Set(ids());
    await send(op, fields);
    const fresh = state.story.story === story ? ids().filter(id => !known.has(id)) : [];
    const writing = document.activeElement.matches(
      'textarea, input:not([type=file], [type=range])');
    if (fresh.length && !writing) select({kind: 'shot', id: fresh[0]}, fresh);
    return fresh;
  };

  return {
    picked, here, step, cut, whole, move, make,
    duplicate: (chosen = picked()) => make('duplicate', {ids: chosen, before: here()}),
    split: () => make('split', cut()),
    async addCard() {
      const [fresh] = await make('add_card', {before: here()});
      const {selected} = state;
      if (selected && selected.kind === 'shot' && selected.id === fresh) {
        set({captioning: fresh});  // a card is nothing but its words
      }
    },
    remove() {
      const gone = picked();
      send('remove', {ids: gone});
      say(`${count(gone.length)} removed; Undo brings ${gone.length === 1 ? 'it' : 'them'} back`);
    },
    /** Give a shot or a transition another duration.
     * @type {LineActions['last']} */
    last(name, duration_s) {
      const edge = name.includes('>'), [left, right] = name.split('>');
      if (edge) send('set_edge', {left, right, fields: {duration_s}});
      else send('set_shot', {id: name, fields: {duration_s}});
      say(`${edge ? 'Transition' : `Shot ${ids().indexOf(name) + 1}`}: ${seconds(duration_s)}`);
    },
  };
}
