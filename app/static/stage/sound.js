/* The soundtrack, kept in step with the pictures: its volume and its fades are the story's; how
   loud it is here, and whether it is mute, the browser remembers. */
import {h} from '../kit/dom.js';
import {state} from '../store/store.js';

export function makeSound() {
  const audio = h('audio', {preload: 'auto'});
  const KEY = 'storyboard-sound';
  const IN_STEP_S = 0.02, LOST_S = 0.15, NUDGE = 0.1;
  let own = {volume: 1, muted: false};
  try {
    own = {...own, ...JSON.parse(localStorage.getItem(KEY))};
  } catch { /* as it was when nothing was kept */ }
  /** @type {GainNode | null} */
  let amplifier = null;

  /** An element plays no louder than its file is: beyond that it needs an amplifier.
   * @param {number} volume */
  function setVolume(volume) {
    if (volume > 1 && !amplifier) {
      const output = new AudioContext();
      amplifier = output.createGain();
      output.createMediaElementSource(audio).connect(amplifier).connect(output.destination);
    }
    if (amplifier) {
      amplifier.gain.value = Math.max(1, volume);
      const output = /** @type {AudioContext} */ (amplifier.context);
      if (output.state === 'suspended') output.resume();
    }
    audio.volume = Math.max(0, Math.min(1, volume));
  }

  /** Where in its file the sound is at `time` of the story; null where it is silent.
   * @type {(track: Soundtrack, time: number) => number | null} */
  const place = (track, time) => {
    const length = audio.duration - track.start_s;
    if (!(length > 0)) return null;
    if (track.loop) return track.start_s + (time % length);
    return time < length ? track.start_s + time : null;
  };

  /** @type {(track: Soundtrack, time: number, duration: number) => number} */
  const loudness = (track, time, duration) => {
    const rise = track.fade_in_s ? time / track.fade_in_s : 1;
    const fall = track.fade_out_s ? (duration - time) / track.fade_out_s : 1;
    return track.volume * own.volume * Math.max(0, Math.min(1, rise, fall));
  };

  /** Be where the pictures are; they run at `rate`, and 0 means that they stand.
   * @type {(time: number, rate: number, duration: number) => void} */
  const follow = (time, rate, duration) => {
    const track = state.story.soundtrack;
    load(track && track.url ? track.url : '');
    const there = track && rate > 0 ? place(track, time) : null;
    if (there === null) {
      if (!audio.paused) audio.pause();
      return;
    }
    audio.muted = own.muted;
    setVolume(loudness(track, time, duration));
    const ahead = audio.currentTime - there;
    if (audio.paused || Math.abs(ahead) > LOST_S) {
      if (!audio.seeking) audio.currentTime = there;
      audio.playbackRate = rate;
    } else {
      // A little faster or slower is not heard, a jump is.
      const nudge = Math.abs(ahead) > IN_STEP_S
        ? Math.max(-NUDGE, Math.min(NUDGE, -2 * ahead)) : 0;
      audio.playbackRate = rate * (1 + nudge);
    }
    if (audio.paused) audio.play().catch(() => {});  // without a sound, the pictures go on
  };

  /** @param {string} url */
  function load(url) {
    if ((audio.getAttribute('src') || '') === url) return;
    if (url) audio.src = url;
    else audio.removeAttribute('src');
    audio.load();
  }

  return {
    element: audio, follow,
    get volume() { return own.volume; },
    get muted() { return own.muted; },
    /** @param {{volume?: number, muted?: boolean}} changes */
    set(changes) {
      own = {...own, ...changes};
      localStorage.setItem(KEY, JSON.stringify(own));
      audio.muted = own.muted;
    },
  };
}
