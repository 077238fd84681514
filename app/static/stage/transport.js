/* The controls under the picture, and the keys that do the same. */
import {attr, button, h, put, refuse} from '../kit/dom.js';
import {icon} from '../kit/icons.js';
import {shortcut} from '../kit/shortcuts.js';
import {hasSound} from '../store/heard.js';
import {onDraw, state} from '../store/store.js';
import {meter} from './meter.js';
import {onTime, player} from './player.js';

/** @param {HTMLElement} element */
export function transport(element) {
  const stage = element.closest('.sb-stage');

  /** @type {(label: string, image: string, action: () => void) => HTMLButtonElement} */
  const sign = (label, image, action) => button(label, {
    image, text: false, kind: 'quiet', action,
  });
  const back = sign('One frame back', 'back', () => player.step(-1));
  const play = sign('Play', 'play', () => player.toggle());
  const forth = sign('One frame on', 'forth', () => player.step(1));
  play.classList.add('sb-play');
  const clock = h('span', {class: 'sb-timecode', role: 'timer', 'aria-label': 'Time'});
  const speed = h('span', {class: 'sb-speed'});
  const line = h('input', {
    type: 'range', class: 'sb-scrub', step: 'any', 'aria-label': 'Position',
  });
  line.addEventListener('input', () => player.seek(line.valueAsNumber));
  line.addEventListener('keydown', event => {
    // The arrows go by frames here too, and the ends are the scope's.
    if (/^(Arrow|Home|End)/.test(event.key)) event.preventDefault();
    const jump = {
      ArrowLeft: () => player.step(event.shiftKey ? -second() : -1),
      ArrowRight: () => player.step(event.shiftKey ? second() : 1),
      Home: toStart, End: toEnd,
    }[event.key];
    if (jump) jump();
  });

  const loop = sign('Loop', 'loop', () => player.setLoop(!player.looping));
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
  const toStart = () => player.seek(player.range.from);
  const toEnd = () => player.seek(player.range.to);

  function fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else stage.requestFullscreen().catch(() => {});
  }

  /** 00:04.16: minutes, seconds, and the frame in the second.
   * @param {number} time */
  function timecode(time) {
    const {fps} = state.story.settings;
    const frames = Math.floor(time * fps + 1e-3);
    /** @param {number} number */
    const pad = number => String(number).padStart(2, '0');
    const whole = Math.floor(frames / fps + 1e-9);
    const rest = frames - Math.ceil(whole * fps - 1e-6);  // at 29.97 some seconds have 29
    return `${pad(Math.floor(whole / 60))}:${pad(whole % 60)}.${pad(rest)}`;
  }

  function draw() {
    if (!state.story) return;
    const {from, to} = player.range, {playing, rate, looping, sound} = player;
    const label = playing ? 'Pause' : 'Play', image = playing ? 'pause' : 'play';
    if (play.getAttribute('aria-label') !== label) {
      attr(play, 'aria-label', label);
      play.replaceChildren(icon(image));
    }
    const none = player.duration ? '' : 'Nothing to play yet';
    play.dataset.title = `${label} (space)`;
    refuse(play, none);
    for (const one of [back, forth]) refuse(one, none);
    // Both count from the start of what is played, as the line does.
    put(clock, 'textContent', `${timecode(player.time - from)} / ${timecode(to - from)}`);
    put(speed, 'textContent', playing && rate !== 1 ? `${rate} ×`.replace('-', '−') : '');
    attr(line, 'min', from);
    attr(line, 'max', to);
    line.value = String(player.time);
    const done = to > from ? (player.time - from) / (to - from) : 0;
    line.style.setProperty('--sb-done', `${Math.max(0, Math.min(1, done)) * 100}%`);
    if (!playing) attr(line, 'aria-valuetext', timecode(player.time - from));
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

  /** The finished video has controls of its own: there the keys are meant for it.
   * @type {(act: (event: KeyboardEvent) => unknown) => (event: KeyboardEvent) => unknown} */
  const known = act => event => {
    if (!state.story.shots.length) return false;
    if (state.view !== 'video') return act(event);
    /** @type {HTMLVideoElement} */
    const video = stage.querySelector('.sb-video');
    if (event.key !== ' ' || video.hidden) return false;
    return video.paused ? void video.play() : video.pause();
  };
  /** @type {(keys: string, label: string, act: (event: KeyboardEvent) => unknown) => void} */
  const key = (keys, label, act) => shortcut(keys, {
    label, group: 'Playing', act: known(act),
  });
  key(' ', 'Play or pause', () => player.toggle());
  key('J', 'Play backwards, faster with each press', () => player.shuttle(-1));
  key('K', 'Pause', () => player.pause());
  key('L', 'Play, faster with each press', () => player.shuttle(1));
  key('ArrowLeft', 'One frame back', () => player.step(-1));
  key('ArrowRight', 'One frame on', () => player.step(1));
  key('Shift+ArrowLeft', 'One second back', () => player.step(-second()));
  key('Shift+ArrowRight', 'One second on', () => player.step(second()));
  key('Home', 'To the start', toStart);
  key('End', 'To the end', toEnd);
  key('Shift+L', 'Loop', () => player.setLoop(!player.looping));
  key('M', 'Mute', () => mute.click());
  key('F', 'Full screen', fullscreen);

  onTime(draw);
  onDraw(draw);
}
