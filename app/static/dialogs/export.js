/* The Export dialog: what goes out, and in which form: for one place or several at once, or as one
   chooses. The story stays as it is; its own size and rate are what is chosen first. */
import {dialog} from '../kit/dialog.js';
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {shortcut} from '../kit/shortcuts.js';
import {about, bytes, plural, rate, seconds} from '../kit/words.js';
import {hasSound} from '../store/heard.js';
import {canNotify, notifies, setNotify} from '../store/notify.js';
import {exportRefusal, formatOf, renderStory} from '../store/rendering.js';
import {schedule} from '../store/schedule.js';
import {sizeOf} from '../store/sizes.js';
import {onDraw, set, shotOf, state} from '../store/store.js';
import {player} from '../stage/player.js';
import {PRESETS} from './presets.js';

const COMMON = ['mp4', 'webm', 'gif', 'png'], LARGE_GIF = 20e6;
/** @type {() => Choice} */
const asTheStory = () => ({
  size: '', fps: '', quality: '', part: 'whole', from: 0, to: 0, at: 0, width: '640', slow: '',
});

/** @param {HTMLElement} element */
export function mountExport(element) {
  const {box, open, close} = dialog('export', element, {opened: () => {
    choice = {...choice, part: 'whole', at: player.time, from: 0, to: player.duration};
    update();
  }});
  let story = '', typed = false, choice = asTheStory();

  /** @type {(name: keyof Choice) => (value: any) => void} */
  const chosen = name => value => {
    choice = {...choice, [name]: value};
    update();
  };
  /** Places that are chosen. @type {Set<string>} */
  const places = new Set();
  const boxes = PRESETS.map(({name, title}) => {
    const box = h('input', {type: 'checkbox', value: name, onchange: () => {
      if (box.checked) places.add(name);
      else places.delete(name);
      update();
    }});
    return h('label', {class: 'sb-chip'}, box, h('span', {}, title));
  });
  const presets = h('fieldset', {class: 'sb-field'}, h('legend', {}, 'Made for'),
    h('div', {class: 'sb-chips'}, ...boxes));
  const chosenPlaces = h('ul', {class: 'sb-places', 'aria-label': 'What is made'});
  const format = fields.chips('File', {commit: value => {
    set({format: value === 'other' ? others()[0].name : value});
  }});
  const other = fields.select('Other files', {commit: value => set({format: value})});
  const size = fields.select('Size', {commit: chosen('size')});
  const width = fields.select('Width', {commit: chosen('width')});
  const fps = fields.select('Frames a second', {commit: chosen('fps')});
  const slow = fields.select('Frames a second', {commit: chosen('slow')});
  const quality = fields.chips('Quality', {commit: chosen('quality')});
  const part = fields.chips('Part', {commit: chosen('part')});
  /** @type {(label: string, name: 'from' | 'to' | 'at') => ReturnType<typeof fields.number>} */
  const time = (label, name) => fields.number(label, {
    min: 0, max: 1e6, unit: 's', commit: chosen(name),
  });
  const at = time('Picture at', 'at'), from = time('From', 'from'), to = time('To', 'to');
  const times = h('div', {class: 'sb-row'}, from.element, to.element);
  const captions = fields.check('Captions', {commit: () => update()});
  const captionBox = captions.element.querySelector('input');
  const name = fields.text('File name', {length: 80, commit: () => { typed = true; }});
  const nameInput = name.element.querySelector('input');
  const more = h('details', {class: 'sb-more'}, h('summary', {}, 'More'),
    part.element, times, quality.element, captions.element, name.element);
  const parts = h('span'), output = h('b'), large = h('p', {class: 'sb-large', role: 'status'});
  const less = button('', {kind: 'quiet', action: () => {
    const found = sizeOf(asked(), update);
    if (!found || !found.less) return;
    const {max_width, max_fps} = found.less;
    choice = {...choice, width: String(max_width), slow: String(max_fps)};
    update();
  }});
  const shapes = h('div', {class: 'sb-row sb-shape'}, size.element, width.element, fps.element,
    slow.element, at.element);
  const warning = h('div', {class: 'sb-warning'}, large, less);
  const notify = fields.check('Tell me when it is done', {commit: async on => {
    await setNotify(on);
    update();
  }});
  const go = button('Export', {kind: 'primary', action: () => {
    close();
    const name = typed ? nameInput.value : '';
    if (!places.size) renderStory({...asked(), name});
    for (const one of several()) {
      renderStory({...one.render, name: `${name || state.story.title || 'story'} ${one.name}`});
    }
  }});
  box.querySelector('.sb-dialog-body').append(
    presets, chosenPlaces, format.element, other.element,
    shapes,
    warning, more, notify.element);
  box.querySelector('.sb-dialog-foot').append(h('p', {class: 'sb-estimate'}, output, parts), go);

  const others = () => state.catalogue.formats.filter(({name}) => !COMMON.includes(name));

  /** What would be sent. */
  function asked() {
    const {kind} = formatOf(state.format);
    /** @type {Wish} */
    const wish = {};
    const [wide, high] = choice.size.split('x').map(Number);
    if (choice.size && kind !== 'sound' && kind !== 'moving') {
      Object.assign(wish, {width: wide, height: high});
    }
    if (choice.fps && (kind === 'video' || kind === 'stills')) wish.fps = Number(choice.fps);
    if (choice.quality && kind !== 'sound') wish.quality = choice.quality;
    if (kind === 'moving') {
      wish.max_width = Number(choice.width);
      if (choice.slow) wish.max_fps = Number(choice.slow);
    }
    if (kind === 'still') wish.at_s = choice.at;
    else Object.assign(wish, partOf());
    return {format: state.format, captions: captionBox.checked, output: wish};
  }

  /** @returns {Wish} */
  function partOf() {
    if (choice.part === 'shots') {
      const {picked} = state, shots = state.story.shots.filter(({id}) => picked.includes(id));
      return shots.length ? {shots: [...new Set([shots[0].id, shots[shots.length - 1].id])]} : {};
    }
    return choice.part === 'times' ? {from_s: choice.from, to_s: choice.to} : {};
  }

  /** What is made for the chosen places: a GIF so small that it is taken anywhere. */
  function several() {
    return PRESETS.filter(({name}) => places.has(name)).map(({name, title, format: kind, wish}) => {
      const render = {format: kind, captions: captionBox.checked, output: {...wish, ...partOf()}};
      const found = sizeOf(render, update), less = found && found.less;
      if (!less) return {name, title, render, found};
      const {max_width, max_fps} = less, output = {...render.output, max_width, max_fps};
      return {name, title, render: {...render, output}, found: {...found, bytes: less.bytes}};
    });
  }

  function update() {
    const {settings, shots, title} = state.story, {kind: own, about: hint} = formatOf(state.format);
    const made = several(), kind = made.length ? 'video' : own;
    const common = COMMON.includes(state.format), moving = kind === 'moving';
    format.update(common ? state.format : 'other', {
      options: [...COMMON.map(value => ({value, label: formatOf(value).title})),
        {value: 'other', label: 'Other'}],
      hint: common ? hint : '',
    });
    put(other.element, 'hidden', common);
    other.update(state.format, {
      options: others().map(({name: value, title: label}) => ({value, label})), hint});
    shape(settings, kind, moving);
    for (const one of [format.element, warning]) put(one, 'hidden', made.length > 0);
    if (made.length) for (const one of [other.element, shapes]) put(one, 'hidden', true);
    else put(shapes, 'hidden', false);
    put(chosenPlaces, 'hidden', !made.length);
    const picked = state.picked.filter(shotOf), whole = kind === 'still';
    put(part.element, 'hidden', whole);
    part.update(choice.part, {options: [
      {value: 'whole', label: 'Whole story'},
      {value: 'shots', label: picked.length > 1 ? `${picked.length} selected shots` : 'Selected shot',
        reason: picked.length ? '' : 'Select a shot first'},
      {value: 'times', label: 'From … to'},
    ]});
    put(times, 'hidden', whole || choice.part !== 'times');
    at.update(choice.at);
    from.update(choice.from);
    to.update(choice.to);
    put(quality.element, 'hidden', kind === 'sound' || made.length > 0);
    quality.update(choice.quality || settings.quality, {
      options: [{value: 'draft', label: 'Draft'}, {value: 'final', label: 'Final'}],
      hint: (choice.quality || settings.quality) === 'draft'
        ? 'Half the width and height, so much faster' : '',
    });
    put(captions.element, 'hidden', kind === 'sound'
      || !shots.some(shot => shot.captions.length && shot.kind !== 'card'));
    if (!typed) name.update(title || 'story');
    put(notify.element, 'hidden', !canNotify);
    notify.update(notifies());
    put(go.lastChild, 'textContent', made.length > 1 ? `Export ${made.length} files` : 'Export');
    if (made.length) {
      footOfSeveral(made);
      return refuse(go, exportRefusal(choice.part !== 'whole'));
    }
    foot(sizeOf(asked(), update));
    const mute = kind === 'sound' && !hasSound(state.story);
    refuse(go, mute ? 'The story has no sound' : exportRefusal(kind === 'still' || choice.part !== 'whole'));
  }

  /** @type {(settings: Settings, kind: string, moving: boolean) => void} */
  function shape(settings, kind, moving) {
    const own = `${settings.width} × ${settings.height}`;
    put(size.element, 'hidden', moving || kind === 'sound');
    size.update(choice.size, {options: [{value: '', label: `As in story, ${own}`},
      ...state.catalogue.export_sizes.map(({width, height, label}) => (
        {value: `${width}x${height}`, label}))]});
    put(fps.element, 'hidden', kind !== 'video' && kind !== 'stills');
    fps.update(choice.fps, {options: [{value: '', label: `As in story, ${rate(settings.fps)}`},
      ...state.catalogue.fps.map(value => ({value: String(value), label: rate(value)}))]});
    put(width.element, 'hidden', !moving);
    const widths = ['1024', '640', '480', '320', '240'].map(value => (
      {value, label: `At most ${value} px`}));
    width.update(choice.width, {
      options: fields.withPresent(widths, choice.width, `At most ${choice.width} px`)});
    put(slow.element, 'hidden', !moving);
    const rates = ['15', '12', '10', '8'].map(value => ({value, label: `At most ${value} fps`}));
    slow.update(choice.slow, {options: fields.withPresent(
      [{value: '', label: `As in story, ${rate(settings.fps)}`}, ...rates],
      choice.slow, `At most ${choice.slow} fps`)});
    put(at.element, 'hidden', kind !== 'still');
  }

  /** @param {ReturnType<typeof several>} made */
  function footOfSeveral(made) {
    chosenPlaces.replaceChildren(...made.map(({title, render: {format: kind, output}, found}) => {
      const {settings} = state.story, {width = settings.width, height = settings.height} = output;
      const shape = output.max_width ? `${output.max_width} px, ${output.max_fps} fps`
        : output.quality === 'draft' ? 'half the size' : `${width} × ${height}`;
      const facts = [formatOf(kind).title, shape, weightOf(found), howSoon(found)];
      return h('li', {}, h('b', {}, title), h('span', {}, facts.filter(Boolean).join(' · ')));
    }));
    const known = made.map(({found}) => found).filter(found => found && !found.problem);
    put(output, 'textContent', `${plural(made.length, 'file')} · ${seconds(howLong())}`);
    put(parts, 'textContent', known.length < made.length ? ''
      : `About ${bytes(known.reduce((sum, {bytes}) => sum + bytes, 0))} in all`);
  }

  /** @param {SizeAnswer | null} found */
  const weightOf = found => (!found ? 'Looking how large it gets…' : found.problem
    || `${found.rough ? 'Roughly' : 'About'} ${bytes(found.bytes)}`);

  /** @param {SizeAnswer | null} found */
  function howSoon(found) {
    if (!found || found.problem) return '';
    return found.seconds == null ? 'how long it takes is not known yet' : about(found.seconds);
  }

  /** @param {SizeAnswer | null} found */
  function foot(found) {
    put(output, 'textContent', whatComesOut());
    const weight = weightOf(found);
    put(parts, 'textContent', [weight, whatIsMade(), howSoon(found)].filter(Boolean).join(' · '));
    const heavy = state.format === 'gif' && found && found.bytes > LARGE_GIF;
    put(warning, 'hidden', !heavy);
    if (!heavy) return;
    put(large, 'textContent', 'Many places take no GIF of more than 20 MB.');
    put(less, 'hidden', !found.less);
    if (found.less) {
      const {max_width, max_fps, bytes: fewer} = found.less;
      put(less.lastChild, 'textContent',
        `${max_width} px, ${max_fps} fps: about ${bytes(fewer)}`);
    }
  }

  function whatComesOut() {
    const {settings} = state.story, {kind} = formatOf(state.format);
    if (kind === 'sound') return seconds(howLong());
    const [wide, high] = (choice.size || `${settings.width}x${settings.height}`).split('x').map(Number);
    const final = (choice.quality || settings.quality) === 'final', moving = kind === 'moving';
    /** @param {number} side */
    const made = side => (final ? side : Math.floor(side / 4) * 2);
    const share = moving ? Math.min(1, Number(choice.width) / made(settings.width)) : 1;
    const [width, height] = moving ? [settings.width, settings.height] : [wide, high];
    const shape = `${Math.round(made(width) * share)} × ${Math.round(made(height) * share)}`;
    if (kind === 'still') return shape;
    const fps = moving ? Math.min(settings.fps, Number(choice.slow) || 60)
      : Number(choice.fps) || settings.fps;
    return `${shape} · ${rate(fps)} · ${seconds(howLong())}`;
  }

  function whatIsMade() {
    const {to_make: stale, states = {}} = state.progress;
    const {kind} = formatOf(state.format), {size, fps, quality} = choice;
    if (kind === 'sound' || kind === 'still') return '';
    if (kind !== 'moving' && (size || fps) || quality) return 'rendered for this export';
    if (!stale) return 'everything is rendered';
    const all = plural(Object.keys(states).length, 'part');
    return `${stale} of ${all} to render`;
  }

  function howLong() {
    const {total_s: total} = state.story;
    if (choice.part === 'times') return Math.max(0, Math.min(total, choice.to) - choice.from);
    const shown = schedule().filter(({owner}) => state.picked.includes(owner));
    if (choice.part === 'whole' || !shown.length) return total;
    return shown[shown.length - 1].end - shown[0].start;
  }

  shortcut('Ctrl+E', {label: 'Export', group: 'Story', act: open});

  onDraw(() => {
    if (state.catalogue && state.story.story !== story) {
      story = state.story.story;
      typed = false;
      choice = asTheStory();
      places.clear();
      const kind = state.catalogue.templates.find(one => one.name === state.story.template);
      if (kind) places.add(kind.export);
      for (const label of boxes) {
        const box = label.querySelector('input');
        box.checked = places.has(box.value);
      }
      captionBox.checked = true;
    }
    if (box.open) update();
  });
}
