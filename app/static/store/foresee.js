/* What an edit will do, so that the page shows it at once. The server's answer then brings the
   story as it really is; what it alone can know, such as the ids of new shots, waits for it. */

import {CLIP_EDITS} from './foresee_clips.js';
import {SOUND_EDITS} from './foresee_sound.js';
import {startsOf} from './starts.js';

/** The edges of the present neighbours; a new pair's are as new ones are.
 * @param {Story} story
 * @param {NewEdge} fresh */
function rejoin(story, fresh) {
  const known = new Map(story.edges.map(edge => [edge.owner, edge]));
  story.edges = story.shots.slice(1).map(({id: right}, i) => {
    const left = story.shots[i].id, owner = `${left}>${right}`;
    return known.get(owner) || {...fresh, owner, left, right, present: -1, suggestion: ''};
  });
}

/** @type {(story: Story, id: string) => Partial<Shot>} */
const shot = (story, id) => story.shots.find(one => one.id === id) || {};

/** @type {(story: Story, id: string) => Partial<Marker>} */
const marker = (story, id) => story.markers.find(one => one.id === id) || {};

/** Captions with the pictures that there are of them, until the server has drawn others.
 * @type {(captions: Caption[], before: Caption[]) => Caption[]} */
const lettered = (captions, before = []) => captions.map((caption, i) => {
  const as = before.find(one => one.text === caption.text) || before[i];
  return as && as.lettering ? {...caption, lettering: as.lettering} : caption;
});

/** @type {Record<string, (story: Story, command: Command, fresh: NewEdge) => void>} */
const EDITS = {
  ...SOUND_EDITS,
  ...CLIP_EDITS,
  set_title: (story, {title}) => { story.title = title; },
  set_template: (story, {template}) => { story.template = template; },
  set_settings: (story, {fields}) => { Object.assign(story.settings, fields); },
  set_shot: (story, {id, fields}) => {
    const now = shot(story, id), {captions} = fields;
    Object.assign(now, fields, captions && {captions: lettered(captions, now.captions)});
  },
  set_many: (story, {changes}) => {
    /** @type {Map<string, Part>} */
    const known = new Map();
    for (const one of story.shots) known.set(one.id, one);
    for (const one of story.edges) known.set(one.owner, one);
    for (const {owners, fields} of changes) {
      for (const owner of owners) Object.assign(known.get(owner) || {}, fields);
    }
  },
  set_new_edges: (story, {fields}) => { Object.assign(story.new_edges, fields); },
  add_marker: (story, {at_s: at, anchor}) => {
    const start = anchor ? startsOf(story)[anchor] || 0 : 0;
    // Named as the server will, so that it can be named and moved at once.
    const last = Math.max(0, ...story.markers.map(({id}) => Number(id.replace(/^marker-/, '')) || 0));
    story.markers = [...story.markers, {id: `marker-${last + 1}`, title: '', anchor, at_s: at - start}];
  },
  set_marker: (story, {id, fields}) => { Object.assign(marker(story, id), fields); },
  move_marker: (story, {id, at_s: at, anchor}) => {
    const start = anchor ? startsOf(story)[anchor] || 0 : 0;
    Object.assign(marker(story, id), {anchor, at_s: at - start});
  },
  remove_markers: (story, {ids}) => {
    story.markers = story.markers.filter(({id}) => !ids.includes(id));
  },
  set_card: (story, {id, colour}) => { Object.assign(shot(story, id), {colour}); },
  set_edge: (story, {left, right, fields}) => {
    const owner = `${left}>${right}`;
    Object.assign(story.edges.find(edge => edge.owner === owner) || {}, fields);
  },
  move: (story, {ids, before}, fresh) => {
    const staying = story.shots.filter(({id}) => !ids.includes(id));
    const moving = story.shots.filter(({id}) => ids.includes(id));
    const at = before ? staying.findIndex(({id}) => id === before) : staying.length;
    if (at < 0) return;
    staying.splice(at, 0, ...moving);
    story.shots = staying;
    rejoin(story, fresh);
  },
  remove: (story, {ids}, fresh) => {
    story.shots = story.shots.filter(({id}) => !ids.includes(id));
    for (const track of story.tracks) {
      track.sounds = track.sounds.filter(({anchor}) => !ids.includes(anchor));
    }
    story.markers = story.markers.filter(({anchor}) => !ids.includes(anchor));
    rejoin(story, fresh);
  },
};

/** Change `story` as the command will; `fresh` is a new transition.
 * @param {Story} story
 * @param {Command} command
 * @param {NewEdge} fresh */
export function foresee(story, command, fresh) {
  const edit = EDITS[command.op];
  if (edit) edit(story, command, fresh);
}
