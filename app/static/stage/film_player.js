/* The finished video under the editor's own transport and keys: what `player` is for the story. A video
   runs forwards only, so what plays backwards goes by seconds. */
import {state} from '../store/store.js';

const FASTEST = 8;

/**
 * @param {HTMLVideoElement} video
 * @param {() => void} told is called whenever something of it has changed */
export function makeFilmPlayer(video, told) {
  for (const type of ['timeupdate', 'seeked', 'play', 'pause', 'ended', 'loadedmetadata', 'ratechange']) {
    video.addEventListener(type, told);
  }
  video.addEventListener('click', () => film.toggle());
  const film = {
    /** Whether it is what the stage shows. */
    get shown() { return state.view === 'video' && !video.hidden && video.readyState > 0; },
    get time() { return video.currentTime; },
    get duration() { return video.duration || 0; },
    get range() { return {from: 0, to: film.duration}; },
    get playing() { return !video.paused; },
    get rate() { return video.playbackRate; },
    get looping() { return video.loop; },
    play(rate = 1) {
      video.playbackRate = rate;
      video.play().catch(() => {});  // a browser may want a click first
    },
    pause() { video.pause(); },
    toggle() {
      if (video.paused) film.play();
      else film.pause();
    },
    /** @param {number} time */
    seek(time) { video.currentTime = Math.max(0, Math.min(film.duration, time)); },
    /** @param {number} frames */
    step(frames) {
      film.pause();
      film.seek(video.currentTime + frames / state.story.settings.fps);
    },
    /** @param {number} way */
    shuttle(way) {
      if (way < 0) film.seek(video.currentTime - 1);
      else film.play(video.paused ? 1 : Math.min(FASTEST, video.playbackRate * 2));
    },
    /** @param {boolean} on */
    setLoop(on) {
      video.loop = on;
      told();
    },
    /** As loud as the story.
     * @param {{muted: boolean, volume: number}} sound */
    level({muted, volume}) {
      if (video.muted !== muted) video.muted = muted;
      if (video.volume !== volume) video.volume = volume;
    },
  };
  return film;
}
