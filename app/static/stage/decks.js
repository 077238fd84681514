/* Video elements, stacked. A clip is loaded and stands at its frame before it is seen, so that one
   follows the other without a gap; what is seen stays until the next can be. */
import {h} from '../kit/dom.js';

/** What is told of a deck: that it shows its place, and that its clip cannot be loaded.
 * @typedef {{onReady: (deck: Deck) => void, onBroken: (url: string) => void}} Told */

export class Deck {
  /** @param {Told} told */
  constructor({onReady, onBroken}) {
    this.onReady = onReady;
    this.element = h('video', {
      class: 'sb-layer', playsinline: true, disablepictureinpicture: true, preload: 'auto',
      tabindex: '-1', 'aria-hidden': 'true',
    });
    this.element.muted = true;  // clips are mute; said, so that a browser lets them play
    /** @type {string | null} */
    this.url = null;
    /** Where to go next. @type {number | null} */
    this.to = null;
    /** And where it is on its way to. @type {number | null} */
    this.going = null;
    this.used = 0;
    for (const type of ['loadedmetadata', 'loadeddata', 'seeked', 'canplay']) {
      this.element.addEventListener(type, () => this.settle());
    }
    this.element.addEventListener('error', () => this.url && onBroken(this.url));
  }

  /** Go to `to` seconds of a clip. Of many places asked for while it is busy, the last counts.
   * @type {(url: string, to: number) => void} */
  cue(url, to) {
    this.used = performance.now();
    this.pause();
    this.to = to;
    if (this.url !== url) {
      this.url = url;
      this.going = null;
      this.element.src = url;
    }
    this.settle();
  }

  settle() {
    const video = this.element;
    if (video.readyState < 1 || video.seeking) return;
    if (this.going !== null) {
      if (video.readyState < 2) return;
      this.going = null;
      this.onReady(this);
    }
    if (this.to === null) return;
    [this.going, this.to] = [this.to, null];
    if (Math.abs(video.currentTime - this.going) > 1e-3) video.currentTime = this.going;
    else this.settle();
  }

  get ready() {
    const video = this.element;
    return this.to === null && this.going === null && video.readyState >= 2 && !video.seeking;
  }

  /** @param {number} rate */
  run(rate) {
    const video = this.element;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (video.paused && !video.ended) video.play().catch(() => {});
  }

  pause() {
    if (!this.element.paused) this.element.pause();
  }
}

/** @param {Told} told */
export function makeDecks(told) {
  const all = [new Deck(told), new Deck(told), new Deck(told)];

  /** The deck for a clip that is not `front`: one that has it, or the one unused for longest.
   * @type {(url: string, front: Deck | null) => Deck} */
  const other = (url, front) => {
    const free = all.filter(deck => deck !== front);
    return free.find(deck => deck.url === url)
      || free.reduce((oldest, deck) => (deck.used < oldest.used ? deck : oldest));
  };

  return {all, other};
}
