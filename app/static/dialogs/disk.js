/* What the visitor's stories hold on the disk, by story, and what of it can be let go: what is made
   again when it is wanted, exports, and the trash. What it costs stands beside each. */
import {confirmed, dialog} from '../kit/dialog.js';
import {h, put} from '../kit/dom.js';
import {keyed} from '../kit/keyed.js';
import {bytes} from '../kit/words.js';
import {hear, send as edit} from '../store/store.js';

/** A thing that takes room: how much, what it costs to let it go, and the command for that; none for
    what is needed.
 * @typedef {{name: string, size: number, costs: string, label?: string, wish?: Changes}} Held */

/** Some of them under one title. @typedef {{name: string, title: string, parts: Held[]}} Holder */

/** What is freed of a story.
 * @type {[part: 'clips' | 'takes' | 'films', name: string, costs: string][]} */
const PARTS = [
  ['clips', 'Rendered clips', 'Rendered again when they are wanted'],
  ['takes', 'Variations', 'They stay listed, and are rendered again when they are wanted'],
  ['films', 'Exports', 'Gone for good, unless they are exported again'],
];

/**
 * @param {HTMLElement} element
 * @param {Zone<DiskUse>} zone */
export function mountDisk(element, {value, watch, send}) {
  const {box} = dialog('disk', element, {opened: () => send({op: 'measure'})});
  const sum = element.querySelector('.sb-disk-sum'), list = element.querySelector('.sb-disk-stories');
  let latest = value(), freed = false;

  /** @param {Changes} wish */
  function free(wish) {
    freed = true;
    send(wish);
    /** @type {HTMLElement} */ (element.querySelector('.sb-dialog-close button')).focus();
  }

  /** @param {Held} held */
  function makePart({name, label, wish}) {
    const words = h('span', {}, name), costs = h('small'), size = h('span', {class: 'sb-disk-size'});
    const let_go = wish && confirmed(label || 'Free', label ? `${label} for good` : 'Free it', {
      act: () => free(wish), kind: 'quiet',
    });
    const root = h('li', {}, h('span', {}, words, costs), size, let_go || null);
    return {root, update(/** @type {Held} */ held) {
      put(words, 'textContent', held.name);
      put(costs, 'textContent', held.costs);
      put(size, 'textContent', held.size ? bytes(held.size) : 'nothing');
      if (let_go) let_go.querySelector('button').setAttribute('aria-label', `${label || 'Free'}: ${name}`);
    }};
  }

  /** @param {Holder} holder */
  function makeHolder({title}) {
    const words = h('b', {}, title), total = h('span'), parts = h('ul', {class: 'sb-disk-parts'});
    const root = h('li', {}, h('h3', {}, words, total), parts);
    return {root, update(/** @type {Holder} */ holder) {
      put(words, 'textContent', holder.title);
      put(total, 'textContent', bytes(sizeOf(holder)));
      keyed(parts, holder.parts, part => part.wish ? JSON.stringify(part.wish) : part.name, makePart);
    }};
  }

  function draw() {
    const {stories = [], several = 0, earlier = 0, waiting = 0} = latest;
    const gone = stories.filter(one => one.deleted);
    const holders = [...stories.filter(one => !one.deleted).map(ofStory)];
    if (several) holders.push(alone('several', 'Shared by several of your stories', {
      name: 'Rendered clips', size: several, costs: PARTS[0][2], wish: {op: 'free_several'},
    }));
    if (earlier) holders.push(alone('earlier', 'Before your latest edits', {
      name: 'Rendered clips', size: earlier, costs: 'Rendered again where you undo as far as that',
      wish: {op: 'free_earlier'},
    }));
    if (gone.length) holders.push({name: 'trash', title: 'Trash', parts: ofTrash(gone)});
    keyed(list, holders, one => one.name, makeHolder);
    const all = holders.reduce((total, one) => total + sizeOf(one), 0);
    put(sum, 'textContent', latest.stories
      ? `${bytes(all)} in all${waiting ? `; ${waiting} more to look through…` : ''}` : 'Looking…');
  }

  watch('value', () => {
    hear(value().messages);
    if (!value().stories || value().answer < latest.answer) return;  // or it was overtaken
    latest = value();
    draw();
    if (freed) edit('sync');  // what the page plays may be gone
    freed = false;
    if (latest.waiting && box.open) send({op: 'measure'});
  });
}

/** @param {Holder} holder */
const sizeOf = ({parts}) => parts.reduce((sum, {size}) => sum + size, 0);

/** @type {(name: string, title: string, part: Held) => Holder} */
const alone = (name, title, part) => ({name, title, parts: [part]});

/** @param {StoryUse} story @returns {Holder} */
function ofStory(story) {
  const {name, title, media} = story;
  const parts = PARTS.filter(([part]) => story[part]).map(([part, words, costs]) => (
    {name: words, size: story[part], costs, wish: {op: 'free', name, part}}));
  const needed = {name: 'Pictures, videos and sounds', size: media, costs: 'The story needs them'};
  return {name: `story ${name}`, title: title || 'Untitled story', parts: [needed, ...parts]};
}

/** @param {StoryUse[]} gone @returns {Held[]} */
function ofTrash(gone) {
  const parts = gone.map(({name, title, media, films, clips, takes}) => ({
    name: title || 'Untitled story', size: media + films + clips + takes, label: 'Delete',
    costs: 'In the trash for a month; then it is deleted', wish: {op: 'purge', name},
  }));
  return parts.length < 2 ? parts : [...parts, {
    name: 'All of the trash', size: 0, label: 'Delete', costs: '', wish: {op: 'empty_trash'},
  }];
}
