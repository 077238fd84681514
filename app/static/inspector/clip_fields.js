/* What a shot shows of its file: from where to where, how fast and in which direction, what fills
   the rest, and how its picture is turned. */
import {attr, button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {seconds} from '../kit/words.js';
import {player} from '../stage/player.js';
import {beyond, seen} from '../store/footage.js';
import {schedule} from '../store/schedule.js';
import {send, shotOf, state} from '../store/store.js';

const SPEED = {min: 0.25, max: 4}, QUICK = [0.5, 1, 2];

/** What fills a video shot beyond its footage.
 * @param {(changed: Changes) => unknown} change */
export function fillField(change) {
  let id = '';
  const choice = fields.chips('The rest is', {commit: value => {
    if (value === 'file') send('use_file', {id});
    else change({past_end: value});
  }});

  /** What fills the shot, in words: said below its duration.
   * @type {(now: Shot) => string} */
  const words = now => {
    if (!now.footage) return '';
    if (now.footage.freeze) return 'One frame of the file, held';
    const left = beyond(state.story, now);
    if (!left) return 'All of it is from the file';
    const made = `${seconds(left)} ${now.past_end === 'loop' ? 'repeated' : 'generated'}`;
    return left < now.duration_s ? `${seconds(now.duration_s - left)} of the file, ${made}` : made;
  };

  /** @param {Shot} now */
  function update(now) {
    ({id} = now);
    const {footage} = now;
    put(choice.element, 'hidden', !footage || !beyond(state.story, now));
    if (!footage) return;
    const more = footage.reverse ? footage.in_s > 0.01 : !footage.end;
    choice.update(now.past_end, {options: [
      {value: 'extend', label: 'Generated', title: 'The engine goes on from its last frame'},
      {value: 'loop', label: 'Looped', title: 'It begins again at its in-point'},
      {value: 'file', label: 'The file', title: 'Show more of the file',
        reason: more ? '' : 'The file has no more'},
    ]});
  }

  return {element: choice.element, update, words};
}

/** `change` edits the shot that is shown.
 * @param {{change: (changed: Changes) => unknown}} given */
export function clipFields({change}) {
  let id = '';
  /** @type {(op: string, fields: Changes) => void} */
  const edit = (op, given) => { if (shotOf(id)) send(op, {id, ...given}); };
  /** @type {(label: string, commit: (value: number) => void) => ReturnType<typeof fields.number>} */
  const point = (label, commit) => fields.number(label, {min: 0, max: 86400, unit: 's', commit});
  const begins = point('In', in_s => edit('set_clip', {in_s}));
  const ends = point('Out', out_s => edit('set_clip', {out_s}));
  const slip = point('Slip to', to => edit('slip', {by_s: to - seen(shotOf(id)).in_s}));
  const speed = fields.number('Speed', {
    ...SPEED, unit: '×', commit: value => edit('set_clip', {speed: value}),
  });
  const quick = h('div', {class: 'sb-quick sb-speed-quick', role: 'group', 'aria-label': 'Quick speeds'},
    ...QUICK.map(value => button(`${value}×`, {
      action: () => edit('set_clip', {speed: value}), 'data-value': value,
    })));
  speed.element.append(quick);
  const reverse = fields.check('Reversed', {commit: value => edit('set_clip', {reverse: value})});
  /** Where the playhead is in the shot, seconds; null beside it. */
  const here = () => {
    const part = schedule().find(one => one.owner === id), at = player.time;
    return part && at > part.start - 1e-6 && at < part.end ? at - part.start : null;
  };
  /** @type {(label: string, at: () => number | null) => HTMLButtonElement} */
  const held = (label, at) => button(label, {
    title: 'Hold this frame, as a shot of its own', action: () => {
      const at_s = at();
      if (at_s !== null) edit('freeze', {at_s});
    },
  });
  const freeze = h('fieldset', {class: 'sb-field'}, h('legend', {}, 'Freeze a frame'),
    h('div', {class: 'sb-quick'}, held('The first', () => 0), held('At the playhead', here),
      held('The last', () => shotOf(id).duration_s)));
  const note = h('p', {class: 'sb-hint'});
  const moving = h('div', {},
    h('div', {class: 'sb-points'}, begins.element, ends.element, slip.element), speed.element,
    reverse.element, freeze);
  const turn = button('Rotate 90°', {image: 'redo', action: () => {
    const {turn: now, flip_horizontal: across, flip_vertical: down} = shotOf(id);
    // Mirrored after it is turned: a turn of what is seen swaps the axes.
    change({turn: (now + 90) % 360, flip_horizontal: down, flip_vertical: across});
  }});
  const across = button('Flip', {
    image: 'flip', title: 'Mirror it, left and right', action: () => {
      change({flip_horizontal: !shotOf(id).flip_horizontal});
    },
  });
  const down = button('Flip over', {
    image: 'flip-over', title: 'Mirror it, top and bottom', action: () => {
      change({flip_vertical: !shotOf(id).flip_vertical});
    },
  });
  const turning = h('div', {class: 'sb-quick', role: 'group', 'aria-label': 'Turn and mirror'},
    turn, across, down);
  const element = h('details', {class: 'sb-more sb-clip'},
    h('summary', {}, 'Clip'), moving, turning, note);
  element.open = true;

  /** @param {Shot} now */
  function update(now) {
    ({id} = now);
    const {footage, kind} = now;
    put(element, 'hidden', kind === 'card' || Boolean(now.missing));
    if (element.hidden) return;
    put(moving, 'hidden', !footage);
    attr(across, 'aria-pressed', now.flip_horizontal);
    attr(down, 'aria-pressed', now.flip_vertical);
    put(note, 'textContent', '');
    if (!footage) return;
    const {in_s, out_s} = seen(now), still = footage.freeze;
    begins.update(in_s);
    ends.update(out_s);
    slip.update(in_s, {hint: still ? 'The frame that is held' : ''});
    for (const one of [begins.element, ends.element, speed.element, reverse.element, freeze]) {
      put(one, 'hidden', still);
    }
    speed.update(footage.speed);
    for (const one of quick.children) {
      attr(one, 'aria-pressed', Number(/** @type {HTMLElement} */ (one).dataset.value) === footage.speed);
    }
    reverse.update(footage.reverse);
    refuse(freeze.querySelectorAll('button')[1], here() === null ? 'The playhead is not in this shot' : '');
    put(note, 'textContent', still ? 'A held frame has no sound'
      : footage.speed !== 1 && now.heard ? 'Its sound follows, at its own pitch' : '');
  }

  return {
    element, update,
    save: () => [begins, ends, slip, speed].forEach(field => field.save()),
  };
}
