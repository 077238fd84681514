/* The keys of trimming and slipping. */
import {shortcut} from '../kit/shortcuts.js';
import {player} from '../stage/player.js';
import {headRoom} from '../store/footage.js';
import {schedule} from '../store/schedule.js';
import {send, shotOf, state} from '../store/store.js';

/** @param {Line} line */
export function clipKeys(line) {
  const group = 'Timeline';

  /** The shot under the playhead, and how far into it that is. */
  function under() {
    const part = schedule().find(one => (
      one.kind === 'shot' && one.start < player.time + 1e-6 && player.time < one.end - 1e-6));
    return part ? {id: part.owner, into: player.time - part.start} : null;
  }

  shortcut('Q', {label: 'Trim the start to the playhead', group, act: () => {
    const here = under();
    if (!here || here.into * state.story.settings.fps < 0.5) return false;
    const {most} = headRoom(state.story, shotOf(here.id));
    send('trim_start', {id: here.id, by_s: Math.min(most, here.into)});
  }});
  shortcut('W', {label: 'Trim the end to the playhead', group, act: () => {
    const here = under();
    if (!here || here.into * state.story.settings.fps < 0.5) return false;
    line.last(here.id, line.whole(here.id, here.into));
  }});
  for (const [key, by] of /** @type {[string, number][]} */ ([['ArrowLeft', -1], ['ArrowRight', 1]])) {
    shortcut(`Ctrl+Alt+${key}`, {
      label: `Slip by a frame, ${by < 0 ? 'earlier' : 'later'} in the file`, group, act: () => {
        const {selected} = state, shot = selected && selected.kind === 'shot' && shotOf(selected.id);
        if (!shot || !shot.footage) return false;
        send('slip', {id: shot.id, by_s: by / state.story.settings.fps});
      },
    });
  }
}
