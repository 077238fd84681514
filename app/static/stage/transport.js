/* The controls under the picture, and the keys that do the same. */
import {attr, button, h, put, refuse} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {shortcut} from '../kit/shortcuts.js';
import {hasSound} from '../store/heard.js';
import {onDraw, state} from '../store/store.js';
import {makeFilmPlayer} from './film_player.js';
import {meter} from './meter.js';
import {onTime, player} from './player.js';

/** @param {HTMLElement} element */
export function transport(element) {
  const stage = element.closest('.sb-stage');
  const film = makeFilmPlayer(stage.querySelector('.sb-video'), () => draw());
  /* What is on the stage. */
  const now = () => (state.view === 'video' ? film : player);

  /** @type {(label: string, image: string, action: () => void) => HTMLButtonElement} */
  const sign = (label, image, action) => button(label, {
    image, text: false, kind: 'quiet', action,
  });
  const back = sign('One frame back', 'back', () => now().step(-1));
  const play = sign('Play', 'play', () => now().toggle());
  const forth = sign('One frame on', 'forth', () => now().step(1));
  play.classList.add('sb-play');
  const clock = h('span', {class: 'sb-timecode', role: 'timer', 'aria-label': 'Time'});
  const speed = h('span', {class: 'sb-speed'});
  const line = h('input', {
    type: 'range', class: 'sb-scrub', step: 'any', 'aria-label': 'Position',
  });
  line.addEventListener('input', () => now().seek(line.valueAsNumber));
  line.addEventListener('keydown', event => {
    // The arrows go by frames here too, and the ends are the scope's.
    if (/^(Arrow|Home|End)/.test(event.key)) event.preventDefault();
    const jump = {
      ArrowLeft: () => now().step(event.shiftKey ? -second() : -1),
      ArrowRight: () => now().step(event.shiftKey ? second() : 1),
      Home: toStart, End: toEnd,
    }[event.key];
    if (jump) jump();
  });

  const loop = sign('Loop', 'loop', () => now().setLoop(!now().looping));
  const mute = sign('Mute', 'sound', () => {
    player.sound.set({muted: !player.sound.muted});
    draw();
  });
  const volume = h('input', {
    type: 'range', class: 'sb-volume', min: 0, max: 1, step: 0.05, 'aria-label': 'Volume',
  });
  volume.addEventListener('input', () => {
    player.sound.set({volume: volume.valueAsNumber, muted: false});
    draw();
  });
  const level = meter();
  const full = sign('Full screen', 'fullscreen', fullscreen);

  element.append(line,
    h('div', {class: 'sb-transport'},
      h('div', {class: 'sb-group'}, back, play, forth, clock, speed),
      h('div', {class: 'sb-group sb-scopes'}),
      h('div', {class: 'sb-group'}, loop, level.element, mute, volume, full)));

  // After a click here the space bar plays again; whoever came by keyboard keeps the focus.
  element.addEventListener('click', event => event.detail && /** @type {HTMLElement} */ (document.activeElement).blur());

  const second = () => Math.round(state.story.settings.fps);
  const toStart = () => now().seek(now().range.from);
  const toEnd = () => now().seek(now().range.to);

  function fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else stage.requestFullscreen().catch(() => {});
  }

  /** 00:04 + 16 f: minutes, seconds, and the frame in the second, which are no hundredths.
   * @param {number} time */
  function timecode(time) {
    const {fps} = state.story.settings;
    const frames = Math.floor(time * fps + 1e-3);
    /** @param {number} number */
    const pad = number => String(number).padStart(2, '0');
    const whole = Math.floor(frames / fps + 1e-9);
    const rest = frames - Math.ceil(whole * fps - 1e-6);  // at 29.97 some seconds have 29
    return `${pad(Math.floor(whole / 60))}:${pad(whole % 60)} + ${pad(rest)} f`;
  }

  function draw() {
    if (!state.story) return;
    const {from, to} = now().range, {playing, rate, looping} = now(), {sound} = player;
    film.level(sound);
    const label = playing ? 'Pause' : 'Play', image = playing ? 'pause' : 'play';
    if (play.getAttribute('aria-label') !== label) {
      attr(play, 'aria-label', label);
      play.replaceChildren(icon(image));
    }
    const none = now().duration ? '' : 'Nothing to play yet';
    play.dataset.title = `${label} (space)`;
    refuse(play, none);
    for (const one of [back, forth]) refuse(one, none);
    // Both count from the start of what is played, as the line does.
    put(clock, 'textContent', `${timecode(now().time - from)} / ${timecode(to - from)}`);
    put(speed, 'textContent', playing && rate !== 1 ? `${rate} ×`.replace('-', '−') : '');
    attr(line, 'min', from);
    attr(line, 'max', to);
    line.value = String(now().time);
    const done = to > from ? (now().time - from) / (to - from) : 0;
    line.style.setProperty('--sb-done', `${Math.max(0, Math.min(1, done)) * 100}%`);
    if (!playing) attr(line, 'aria-valuetext', timecode(now().time - from));
    attr(loop, 'aria-pressed', looping);
    loop.dataset.title = `Loop (Shift+L): ${looping ? 'on' : 'off'}`;
    refuse(loop, '');
    const silent = hasSound(state.story) ? '' : 'The story has no sound';
    put(level.element, 'hidden', Boolean(silent));
    if (sound.sounding) level.go();
    const quiet = sound.muted || sound.volume === 0;
    if (mute.dataset.sign !== String(quiet)) {
      mute.dataset.sign = String(quiet);
      mute.replaceChildren(icon(quiet ? 'mute' : 'sound'));
    }
    attr(mute, 'aria-pressed', sound.muted);
    refuse(mute, silent);
    put(volume, 'disabled', Boolean(silent));
    attr(volume, 'title', silent || null);
    put(volume, 'value', String(sound.muted ? 0 : sound.volume));
    volume.style.setProperty('--sb-done', `${(sound.muted ? 0 : sound.volume) * 100}%`);
  }

  /** @type {(act: (event: KeyboardEvent) => unknown) => (event: KeyboardEvent) => unknown} */
  const known = act => event => (
    (state.view === 'video' ? film.shown : state.story.shots.length) ? act(event) : false);
  /** @type {(keys: string, label: string, act: (event: KeyboardEvent) => unknown) => void} */
  const key = (keys, label, act) => shortcut(keys, {
    label, group: 'Playing', act: known(act),
  });
  key(' ', 'Play or pause', () => now().toggle());
  key('J', 'Play backwards, faster with each press', () => now().shuttle(-1));
  key('K', 'Pause', () => now().pause());
  key('L', 'Play, faster with each press', () => now().shuttle(1));
  key('ArrowLeft', 'One frame back', () => now().step(-1));
  key('ArrowRight', 'One frame on', () => now().step(1));
  key('Shift+ArrowLeft', 'One second back', () => now().step(-second()));
  key('Shift+ArrowRight', 'One second on', () => now().step(second()));
  key('Home', 'To the start', toStart);
  key('End', 'To the end', toEnd);
  key('Shift+L', 'Loop', () => now().setLoop(!now().looping));
  key('Shift+M', 'Mute', () => mute.click());
  key('F', 'Full screen', fullscreen);

  onTime(draw);
  onDraw(draw);
  return film;
}
