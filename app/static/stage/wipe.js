/* Two takes over each other, played together: one is seen to the left of a line, the other to its
   right. The line is dragged, or moved by the arrow keys. */
import {attr, button, h, put} from '../kit/dom.js';
import {gesture} from '../kit/gesture.js';
import {icon} from '../kit/icons.js';
import {compared} from '../store/compare.js';
import {onDraw, set, state} from '../store/store.js';
import {onTime, player} from './player.js';

const STEP = 2, FAR = 10;  // percent of the frame that a key moves the line
const IN_STEP_S = 0.01, LOST_S = 0.25;  // as the player keeps pictures in step with the sound

/** One side: a video for each clip, so that the next stands ready. */
function makeSide(/** @type {string} */ name) {
  const element = h('div', {class: `sb-wipe-side ${name}`});
  /** @type {Clip[]} */
  let clips = [];
  const videos = () => /** @type {HTMLVideoElement[]} */ ([...element.children]);
  const fps = () => state.story.settings.fps;
  return {
    element,
    /** @param {Clip[]} now */
    load(now) {
      if (now.map(({url}) => url).join() === clips.map(({url}) => url).join()) return;
      clips = now;
      element.replaceChildren(...clips.map(({url}) => {
        const video = h('video', {src: url, playsinline: true, preload: 'auto', 'aria-hidden': 'true'});
        video.muted = true;
        return video;
      }));
    },
    seconds: () => clips.reduce((sum, {frames}) => sum + frames, 0) / fps(),
    ready: () => videos().every(({readyState}) => readyState >= 2),
    /** Show what is `at` seconds from the beginning, its last frame after its end.
     * @type {(at: number, playing: boolean) => void} */
    show(at, playing) {
      let start = 0;
      videos().forEach((video, i) => {
        const length = clips[i].frames / fps(), last = i === clips.length - 1;
        const here = at >= start && (last || at < start + length);
        const to = Math.min(at - start, length - 0.5 / fps()), over = at >= start + length;
        start += length;
        video.classList.toggle('sb-front', here);
        if (!here) return video.pause();
        const ahead = video.currentTime - to;
        if (!playing || over) {
          video.pause();
          if (Math.abs(ahead) > 1e-3 && !video.seeking) video.currentTime = to;
          return;
        }
        if (Math.abs(ahead) > LOST_S) video.currentTime = to;
        video.playbackRate = Math.abs(ahead) > IN_STEP_S ? Math.max(0.5, Math.min(2, 1 - 3 * ahead)) : 1;
        if (video.paused) video.play().catch(() => {});
      });
    },
  };
}

/** @param {HTMLElement} frame the stage's */
export function wipe(frame) {
  const left = makeSide('left'), right = makeSide('right');
  const line = h('div', {
    class: 'sb-wipe-line', role: 'slider', tabindex: '0', 'aria-label': 'Line between the takes',
    'aria-valuemin': '0', 'aria-valuemax': '100',
  }, h('span', {}, icon('swap')));
  const area = h('div', {class: 'sb-wipe-area'}, left.element, right.element, line);
  /** @type {(label: string, side: 'left' | 'right') => HTMLSelectElement} */
  const choice = (label, side) => h('select', {'aria-label': label, onchange: (/** @type {Event} */ event) => {
    const {value} = /** @type {HTMLSelectElement} */ (event.target);
    set({compare: {...state.compare, [side]: Number(value)}});
  }});
  const choices = {left: choice('Take to the left', 'left'), right: choice('Take to the right', 'right')};
  const play = button('Pause', {image: 'pause', text: false, kind: 'quiet', action: () => turn(!playing)});
  const close = button('Close the comparison', {
    image: 'close', text: false, kind: 'quiet', action: () => set({compare: null}),
  });
  const element = h('div', {class: 'sb-wipe', hidden: true}, area,
    h('div', {class: 'sb-wipe-bar', role: 'group', 'aria-label': 'Comparison'},
      choices.left, play, choices.right, close));
  frame.append(element);

  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let share = 50, at = 0, playing = false, timer = 0, last = 0;

  /** @param {number} percent */
  function lay(percent) {
    share = Math.max(0, Math.min(100, percent));
    element.style.setProperty('--sb-line-at', `${share}%`);
    attr(line, 'aria-valuenow', Math.round(share));
    attr(line, 'aria-valuetext', `${Math.round(share)} %`);
  }
  const seconds = () => Math.max(left.seconds(), right.seconds());
  function show() {
    for (const side of [left, right]) side.show(at, playing);
  }

  /** @param {boolean} on */
  function turn(on) {
    playing = on;
    put(play, 'title', on ? 'Pause' : 'Play');
    attr(play, 'aria-label', on ? 'Pause' : 'Play');
    play.replaceChildren(icon(on ? 'pause' : 'play'));
    cancelAnimationFrame(timer);
    last = performance.now();
    if (on) timer = requestAnimationFrame(tick);
    show();
  }

  /** Time stands until both can be seen.
   * @param {number} now */
  function tick(now) {
    if (!playing) return;
    if (left.ready() && right.ready()) at += Math.max(0, Math.min(0.25, (now - last) / 1000));
    last = now;
    if (at >= seconds()) at = 0;
    show();
    timer = requestAnimationFrame(tick);
  }

  /** @param {number} clientX */
  function follow(clientX) {
    const {left: from, width} = area.getBoundingClientRect();
    lay(100 * (clientX - from) / width);
  }
  let from = 0;
  gesture(area, {
    begin(event) {
      from = event.clientX;
      follow(from);
    },
    move: ({x}) => follow(from + x),
    end: () => line.focus(),
  });
  line.addEventListener('keydown', event => {
    const step = event.shiftKey ? FAR : STEP;
    const to = {
      ArrowLeft: share - step, ArrowDown: share - step, ArrowRight: share + step,
      ArrowUp: share + step, Home: 0, End: 100,
    }[event.key];
    if (to === undefined && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    if (to === undefined) turn(!playing);
    else lay(to);
  });
  element.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    set({compare: null});
  });

  lay(share);
  onTime(() => { if (player.playing && state.compare) set({compare: null}); });
  onDraw(() => {
    const now = compared(), opened = element.hidden;
    put(element, 'hidden', !now);
    if (!now) {
      if (playing) turn(false);
      return;
    }
    left.load(now.left.clips);
    right.load(now.right.clips);
    for (const [name, select] of Object.entries(choices)) {
      const {index} = now[/** @type {'left' | 'right'} */ (name)];
      const options = now.sides.map(({label}) => label).join();
      if (select.dataset.options !== options) {
        select.dataset.options = options;
        select.replaceChildren(...now.sides.map(side => h('option', {value: side.index}, side.label)));
      }
      put(select, 'value', String(index));
    }
    if (opened) {
      player.pause();
      at = 0;
      turn(!still.matches);
      line.focus();
    } else show();
  });
}
