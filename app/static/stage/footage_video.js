/* The files of videos whose shots are not rendered yet, as the browser itself plays them: so a shot
   moves, and a place to cut it is found, as soon as it is added. A kind of file that no browser here
   can play stays the still that it was. */
import {h} from '../kit/dom.js';

const KEPT = 4;  // elements: both sides of a transition, and what comes next
const STEP_S = 0.2;  // that one that runs may be off: a jump is seen more than this
const SLOWEST = 0.25, FASTEST = 4;  // a browser plays

/** `onFrame` is told when another frame can be drawn, or none ever will.
 * @param {() => void} onFrame */
export function makeFootageVideo(onFrame) {
  /** Of each shot, since two may show one file; the latest used last.
   * @type {Map<string, {url: string, video: HTMLVideoElement, asked: number}>} */
  const known = new Map();
  /** @type {Set<string>} */
  const broken = new Set();

  /** @type {(shot: string, url: string) => {video: HTMLVideoElement, asked: number}} */
  function elementOf(shot, url) {
    let found = known.get(shot);
    if (found && found.url !== url) {
      forget(shot);
      found = undefined;
    }
    if (!found) {
      const video = h('video', {playsinline: true, preload: 'auto'});
      video.muted = true;
      for (const type of ['loadeddata', 'seeked']) video.addEventListener(type, onFrame);
      video.addEventListener('error', () => {
        if (!video.hasAttribute('src')) return;  // it was let go
        broken.add(url);
        onFrame();
      });
      video.src = url;
      found = {url, video, asked: -1};
    }
    known.delete(shot);
    known.set(shot, found);
    if (known.size > KEPT) forget(known.keys().next().value);
    return found;
  }

  /** @param {string} shot */
  function forget(shot) {
    const {video} = known.get(shot);
    known.delete(shot);
    video.removeAttribute('src');
    video.load();
  }

  return {
    /** The frame at a second of the file that a shot shows, or the one before it while that is on its
        way; null where there is none yet. With a `rate` the file runs from there.
     * @type {(shot: string, url: string | undefined, second: number, rate: number)
     *   => HTMLVideoElement | null} */
    at(shot, url, second, rate) {
      if (!url || broken.has(url)) return null;
      const found = elementOf(shot, url), {video} = found;
      if (video.readyState < 1) return null;
      const runs = rate >= SLOWEST && rate <= FASTEST;
      const gone = runs ? Math.abs(video.currentTime - second) > STEP_S * rate
        : found.asked !== second;
      if (gone && !video.seeking) {
        found.asked = second;
        video.currentTime = second;
      }
      if (runs) {
        found.asked = -1;
        if (video.playbackRate !== rate) video.playbackRate = rate;
        if (video.paused && !video.ended) video.play().catch(() => {});
      } else video.pause();
      return video.readyState >= 2 ? video : null;
    },
    /** Have the file at hand that a shot shows soon.
     * @type {(shot: string, url: string | undefined) => void} */
    prepare(shot, url) {
      if (url && !broken.has(url)) elementOf(shot, url);
    },
    /** None runs, but that of the shot `but`. */
    rest(but = '') {
      for (const [shot, {video}] of known) if (shot !== but) video.pause();
    },
  };
}
