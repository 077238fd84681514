/* The keys on a sound in its lane. */
import {shortcut} from '../kit/shortcuts.js';
import {soundOf, spanOf, startOf} from '../store/heard.js';
import {send, state} from '../store/store.js';
import {player} from '../stage/player.js';
import {changed} from './lane_drag.js';

/** @type {(root: HTMLElement, line: Line) => void} */
export function laneKeys(root, line) {
  const group = 'On a sound';
  // Listed with the others, and known where a sound has the focus.
  shortcut(['Alt+ArrowLeft', 'Alt+ArrowRight'], {label: 'Move it by a frame, with Shift by a second', group, act: () => false});
  shortcut('Delete', {label: 'Remove it', group, act: () => false});
  shortcut('S', {label: 'Split it at the playhead', group, act: () => false});
  shortcut(['[', ']'], {label: 'Half a second shorter or longer', group, act: () => false});

  root.addEventListener('keydown', event => {
    const button = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (event.target).closest('.sb-sound'));
    if (!button || event.ctrlKey || event.metaKey) return;
    const id = button.parentElement.dataset.name, sound = soundOf(id);
    const act = sound && action(event, button, sound);
    if (!act) return;
    event.preventDefault();
    act();
  });

  /** @type {(event: KeyboardEvent, button: HTMLElement, sound: SoundClip) => (() => void) | undefined} */
  const action = ({key, altKey, shiftKey}, button, sound) => {
    const {id} = sound, all = /** @type {HTMLElement[]} */ (
      [...button.closest('.sb-sounds').querySelectorAll('.sb-sound')]);
    const next = {ArrowLeft: -1, ArrowRight: 1}[key];
    if (next && altKey) {
      return () => {
        const by = next * (shiftKey ? 1 : 1 / state.story.settings.fps);
        const start = startOf(sound) + by;
        send('move_sound', {id, start_s: sound.anchor ? start : Math.max(0, start)});
        line.say(`The sound begins at ${Math.round(start * 100) / 100} s`);
      };
    }
    if (altKey) return undefined;
    if (next) {
      const to = all[all.indexOf(button) + next];
      return () => {
        if (!to) return;
        to.focus();
        to.click();
      };
    }
    if (key === 'Delete' || key === 'Backspace') {
      return () => {
        send('remove_sounds', {ids: [id]});
        line.say('The sound was removed; Undo brings it back');
      };
    }
    if (key.toLowerCase() === 's') return splitting(sound);
    if (key === '[' || key === ']') {
      return () => {
        const {at: _, ...fields} = changed('out', {
          was: sound, span: spanOf(sound), by: key === ']' ? 0.5 : -0.5, attract: time => time,
          rest: null,
        });
        send('set_sound', {id, fields});
      };
    }
    return undefined;
  };
}

/** What splits a sound at the playhead; nothing where that is elsewhere.
 * @type {(sound: SoundClip) => (() => void) | undefined} */
export function splitting(sound) {
  const {start, end} = spanOf(sound), at = player.time - start;
  if (sound.loop || at <= 0 || player.time >= end) return undefined;
  return () => send('split_sound', {id: sound.id, at_s: Math.round(at * 1000) / 1000});
}
