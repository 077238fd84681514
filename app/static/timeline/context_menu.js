/* What can be done with what is under the pointer, or selected: a right click, a long press, and
   Shift+F10 or the menu key open it. */
import {openDialog} from '../kit/dialog.js';
import {openMenu} from '../kit/menu.js';
import {shortcut} from '../kit/shortcuts.js';
import {plural} from '../kit/words.js';
import {soundOf} from '../store/heard.js';
import {pickedOf} from '../store/looks.js';
import {
  asSelected, itemOf, ownerOf, select, selectSound, send, set, setMany, shotOf, state,
} from '../store/store.js';
import {splitting} from './lane_keys.js';
import {selectAll} from './selecting.js';

/** @typedef {import('../kit/menu.js').MenuItem} MenuItem */

const mac = /Mac|iPhone|iPad/.test(navigator.platform);
/** @param {string} name */
const keys = name => (mac ? name.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧') : name);

/**
 * @param {Line} line
 * @param {{clips: ShotClipboard, find: () => void}} parts */
export function contextMenu(line, {clips, find}) {
  const {element, scroller} = line;

  /** @returns {MenuItem[]} */
  const adding = () => [
    {label: 'Paste shots', image: 'add', keys: keys('Ctrl+V'), act: clips.paste,
      reason: clips.canPaste() ? '' : 'No shots were copied'},
    {label: 'Add images or videos', image: 'image', act: () => {
      /** @type {HTMLElement} */ (element.querySelector('.sb-actions input[type=file]')).click();
    }},
    {label: 'Title card', image: 'title', keys: 'N', act: line.addCard},
  ];
  /** @type {(owners: string[]) => MenuItem} */
  const prompts = owners => ({
    label: 'Prompts from text', image: 'pencil', act: () => openDialog('prompts', owners.join(' ')),
  });
  /** @returns {MenuItem[]} */
  const looks = () => {
    const one = state.selected.kind === 'edge' ? 'transition' : 'shot', to = clips.lookTargets();
    return [
      {label: `Copy the look of this ${one}`, image: 'copy', keys: keys('Ctrl+Alt+C'), act: clips.copyLook},
      {label: to.length > 1 ? `Paste the look onto ${to.length}` : 'Paste the look', image: 'spark',
        keys: keys('Ctrl+Alt+V'), act: clips.pasteLook,
        reason: to.length ? '' : 'No look was copied that fits'},
    ];
  };

  /** @type {(shots: string[]) => MenuItem[]} */
  const shotItems = shots => [
    {label: 'Copy', image: 'copy', keys: keys('Ctrl+C'), act: clips.copy},
    {label: 'Cut', image: 'cut', keys: keys('Ctrl+X'), act: clips.cut},
    {label: 'Paste shots', image: 'add', keys: keys('Ctrl+V'), act: clips.paste,
      reason: clips.canPaste() ? '' : 'No shots were copied'},
    {label: 'Duplicate', image: 'copy', keys: keys('Ctrl+D'), act: () => line.duplicate()},
    null, ...looks(), prompts(shots), null,
    {label: 'Split', image: 'split', keys: 'S', act: () => line.split(),
      reason: line.cut() ? '' : 'One frame cannot be split'},
    ...(shots.some(id => shotOf(id).kind === 'video')
      ? [{label: 'Split into scenes', image: 'scenes', act: () => line.findScenes(shots)}] : []),
    {label: 'Select all shots', image: 'check', keys: keys('Ctrl+A'), act: () => selectAll('shot')},
    null,
    {label: shots.length > 1 ? `Remove ${shots.length} shots` : 'Remove', image: 'trash',
      keys: 'Delete', act: line.remove},
  ];

  /** @type {(edges: string[]) => MenuItem[]} */
  const edgeItems = edges => {
    const some = edges.length > 1;
    return [
      {label: some ? 'Make them cuts' : 'Make it a cut', image: 'cut', act: () => {
        setMany([{owners: edges, fields: {duration_s: 0}}]);
      }},
      {label: some ? 'As the story’s new transitions' : 'As a new transition of the story', image: 'retry',
        act: () => setMany([{owners: edges, fields: {...state.story.new_edges}}])},
      null, ...looks(), prompts(edges), null,
      {label: 'Select all transitions', image: 'check', keys: keys('Ctrl+A'),
        act: () => selectAll('edge')},
    ];
  };

  /** @type {(sound: SoundClip) => MenuItem[]} */
  const soundItems = sound => {
    const {id, loop} = sound, split = splitting(sound);
    return [
      {label: 'Split at the playhead', image: 'split', keys: 'S', act: () => split(),
        reason: split ? '' : loop ? 'It repeats' : 'The playhead is elsewhere'},
      {label: loop ? 'Play it once' : 'Repeat it to the end', image: 'loop',
        act: () => send('set_sound', {id, fields: {loop: !loop}})},
      {label: sound.volume ? 'Silence it' : 'Let it be heard', image: 'mute',
        act: () => send('set_sound', {id, fields: {volume: sound.volume ? 0 : 1}})},
      null,
      {label: 'Remove', image: 'trash', keys: 'Delete', act: () => send('remove_sounds', {ids: [id]})},
    ];
  };

  /** @returns {MenuItem[]} */
  const lineItems = () => {
    const shots = state.story.shots.map(({id}) => id);
    return [
      ...adding(), null,
      ...(shots.length ? [
        {label: 'Select all shots', image: 'check', act: () => selectAll('shot')},
        {label: 'Select all transitions', image: 'check', act: () => selectAll('edge')},
        {label: 'Find', image: 'search', keys: keys('Ctrl+F'), act: find},
        prompts(shots), null,
      ] : []),
      {label: 'Story settings', image: 'settings', act: () => set({panel: 'story'})},
    ];
  };

  /** @returns {[label: string, items: MenuItem[]]} */
  function chosen() {
    const shots = pickedOf('shot'), edges = pickedOf('edge');
    if (!shots.length) return [plural(edges.length, 'transition'), edgeItems(edges)];
    if (!edges.length) return [plural(shots.length, 'shot'), shotItems(shots)];
    return [`${plural(shots.length, 'shot')} and ${plural(edges.length, 'transition')}`,
      [...shotItems(shots).slice(0, -1), ...edgeItems(edges).slice(0, 2), ...shotItems(shots).slice(-1)]];
  }

  /** @type {(at: {x: number, y: number}, on: Element | null) => void} */
  function show(at, on) {
    const card = on && on.closest('.sb-shot, .sb-edge'), sound = on && on.closest('.sb-sound');
    if (sound) {
      const id = /** @type {HTMLElement} */ (sound.parentElement).dataset.name, clip = soundOf(id);
      selectSound({kind: 'sound', id});
      openMenu(element, at, 'Sound', soundItems(clip));
      return;
    }
    const owner = card ? line.name(card) : '';
    if (owner && itemOf(asSelected(owner)) && !state.picked.includes(owner)) {
      select(asSelected(owner));
    }
    if (state.selected && (card || !on)) openMenu(element, at, ...chosen());
    else openMenu(element, at, 'Timeline', lineItems());
  }

  scroller.addEventListener('contextmenu', event => {
    if (!state.story) return;
    event.preventDefault();
    const {pointerType} = /** @type {PointerEvent} */ (event);
    if (pointerType !== 'touch') show({x: event.clientX, y: event.clientY}, /** @type {Element} */ (event.target));
  });
  shortcut(['Shift+F10', 'ContextMenu'], {label: 'What can be done with it', group: 'Timeline', act: ({target}) => {
    const on = /** @type {Element} */ (target);
    if (on !== document.body && !scroller.contains(on)) return false;
    const under = on.closest('.sb-sound, .sb-shot, .sb-edge');
    const node = under || (state.selected && line.node(ownerOf(state.selected))) || scroller;
    const {left, top, width, height} = node.getBoundingClientRect();
    const at = {x: left + Math.min(24, width / 2), y: top + Math.min(24, height / 2)};
    show(at, under || (state.selected ? null : scroller));
    return true;
  }});
  return show;
}
