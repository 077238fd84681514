/* A card or a chip under the mouse plays its clip, without sound, as long as the mouse is there. */
import {h} from '../kit/dom.js';
import {state} from '../store/store.js';

/** @param {Line} line */
export function hovering(line) {
  const {strip, element} = line;
  const REST = 300;  // milliseconds
  const wanted = matchMedia('(hover: hover) and (prefers-reduced-motion: no-preference)');
  const video = h('video', {class: 'sb-peek', playsinline: true, 'aria-hidden': 'true'});
  /** @type {HTMLElement | null} */
  let node = null;
  /** @type {Clip[]} */
  let clips = [];
  let timer = 0, at = 0;
  video.muted = true;

  function stop() {
    clearTimeout(timer);
    node = null;
    if (!video.isConnected) return;
    video.removeAttribute('src');
    video.load();
    video.remove();
  }
  function play() {
    clips = (state.progress.clips || {})[node.dataset.name] || [];
    if (!clips.length || !node.isConnected || element.matches('.sb-dragging, .sb-trimming')) return;
    at = 0;
    node.querySelector('.sb-face, .sb-ramp').append(video);
    next();
  }
  function next() {
    video.src = clips[at % clips.length].url;
    at += 1;
    video.play().catch(() => {});  // gone again already
  }
  video.addEventListener('ended', next);
  strip.addEventListener('pointerover', event => {
    /** @type {HTMLElement | null} */
    const over = /** @type {Element} */ (event.target).closest('.sb-shot, .sb-edge');
    if (over === node) return;
    stop();
    if (!over || event.pointerType !== 'mouse' || !wanted.matches) return;
    node = over;
    timer = setTimeout(play, REST);
  });
  strip.addEventListener('pointerleave', stop);
  strip.addEventListener('pointerdown', stop);
}
