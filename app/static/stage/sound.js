/* What the story sounds like: the server's mix, exactly that of the film, in pieces that follow each
   other without a gap. The context's clock is then that of the pictures. How loud it is here, and
   whether it is mute, the browser remembers; the story's own volumes are in the mix. */
import {hasSound} from '../store/heard.js';
import {state} from '../store/store.js';
import {makePieces, PIECE_S} from './mix_pieces.js';

const KEY = 'storyboard-sound';
const AHEAD_S = 6;  // of what is heard is there
const PATIENCE_MS = 2000;  // for the first piece, then the pictures go on without
const SOON_S = 0.03;  // from when a sound is started until it is heard
const SOFT_S = 0.008;  // of fades where it begins, ends or is changed in its middle

/** A piece that is started. @typedef {{source: AudioBufferSourceNode, gain: GainNode, name: string}} Started */

export function makeSound() {
  let own = {volume: 1, muted: false}, hushed = false;
  try {
    own = {...own, ...JSON.parse(localStorage.getItem(KEY))};
  } catch { /* as it was when nothing was kept */ }
  const pieces = makePieces();
  /** @type {{context: AudioContext, bus: GainNode, volume: GainNode, analysers: AnalyserNode[]} | null} */
  let output = null;
  /** What sounds now: `origin` is the context's second at which the film's first is heard.
   * @type {{origin: number, started: Map<number, Started>} | null} */
  let running = null;
  let since = 0;  // when it was first to be heard from here on, ms; 0 for not at all

  function open() {
    const context = new AudioContext({sampleRate: pieces.rate, latencyHint: 'interactive'});
    const bus = context.createGain(), volume = context.createGain();
    const split = context.createChannelSplitter(2);
    const analysers = [0, 1].map(side => {
      const analyser = context.createAnalyser();
      analyser.fftSize = 2048;
      split.connect(analyser, side);
      return analyser;
    });
    bus.channelCount = 2;
    bus.channelCountMode = 'explicit';
    bus.connect(split);
    bus.connect(volume).connect(context.destination);
    output = {context, bus, volume, analysers};
    level();
  }

  function level() {
    if (!output) return;
    const {volume, context} = output, loud = own.muted || hushed ? 0 : own.volume;
    volume.gain.setTargetAtTime(loud, context.currentTime, 0.01);
  }

  /** The second of the film that is heard now. */
  const now = () => output.context.currentTime - (output.context.outputLatency || 0) - running.origin;

  /** @type {(n: number, offset: number, when: number, buffer: AudioBuffer, name: string) => void} */
  const start = (n, offset, when, buffer, name) => {
    const {context, bus} = output;
    const source = context.createBufferSource(), gain = context.createGain();
    source.buffer = buffer;
    source.connect(gain).connect(bus);
    if (offset > 0) {
      gain.gain.setValueAtTime(0, when);
      gain.gain.linearRampToValueAtTime(1, when + SOFT_S);
    }
    source.start(when, offset);
    running.started.set(n, {source, gain, name});
  };

  /** @type {(one: Started, when: number) => void} */
  const end = ({source, gain}, when) => {
    gain.gain.setValueAtTime(1, when);
    gain.gain.linearRampToValueAtTime(0, when + SOFT_S);
    source.stop(when + SOFT_S);
  };

  /* Start what has come, and change what an edit has changed. */
  function schedule() {
    const {context} = output, soon = context.currentTime + SOON_S;
    const first = Math.max(0, Math.floor((soon - running.origin) / PIECE_S));
    const last = Math.floor((soon - running.origin + AHEAD_S) / PIECE_S);
    for (const n of running.started.keys()) if (n < first - 1) running.started.delete(n);
    for (let n = first; n <= Math.min(last, pieces.last()); n++) {
      const piece = pieces.get(n), before = running.started.get(n);
      if (!piece || (before && before.name === piece.name)) continue;
      const begins = running.origin + n * PIECE_S, late = Math.max(0, soon - begins);
      if (before) end(before, Math.max(soon, begins));
      start(n, late, begins + late, piece.buffer, piece.name);
    }
  }

  function stop() {
    since = 0;
    if (!running) return;
    const {context} = output;
    for (const one of running.started.values()) end(one, context.currentTime);
    running = null;
  }

  /** Go on from `at`, where the pictures are: the second of the film that is heard; 'wait' while the
      first piece is on its way, and null where nothing is heard, so that pictures have their own
      clock.
   * @type {(at: number) => number | 'wait' | null} */
  const follow = at => {
    if (!hasSound(state.story)) {
      stop();
      return null;
    }
    if (!output) open();
    const {context} = output;
    if (running) {
      schedule();
      return now();
    }
    if (!since) {
      since = performance.now();
      if (context.state !== 'running') context.resume();
    }
    const waited = performance.now() - since > PATIENCE_MS;
    if (context.state !== 'running') return waited ? null : 'wait';
    if (!pieces.get(Math.floor(at / PIECE_S)) && !waited) return 'wait';
    // On a whole sample, so that all pieces are.
    const begins = Math.ceil((context.currentTime + SOON_S) * pieces.rate) / pieces.rate;
    running = {origin: begins - Math.round(at * pieces.rate) / pieces.rate, started: new Map()};
    schedule();
    return at;
  };

  return {
    follow, stop,
    /** Have at hand what is heard from `at` on.
     * @param {number} at */
    prepare(at) {
      if (hasSound(state.story)) pieces.get(Math.floor(at / PIECE_S));
    },
    get sounding() { return running !== null; },
    get context() { return output && output.context; },
    get analysers() { return output ? output.analysers : []; },
    get volume() { return own.volume; },
    get muted() { return own.muted; },
    /** @param {{volume?: number, muted?: boolean}} changes */
    set(changes) {
      own = {...own, ...changes};
      localStorage.setItem(KEY, JSON.stringify(own));
      level();
    },
    /** Silent for now, whatever the browser remembers: while a voice is recorded.
     * @param {boolean} on */
    hush(on) {
      hushed = on;
      level();
    },
  };
}
