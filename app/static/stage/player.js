/* The player: a clock in story time, and the pictures that belong to it. What it plays is a range
   of the story: all of it, the selected shot, or the selected transition with a second around it.
   Where the story is heard the sound is the clock, and the pictures keep to it. Else a clip that runs
   is, and where a part is not rendered, and backwards, time. */
import {heldCaption} from '../store/captions.js';
import {windowOf} from '../store/framing.js';
import {partAt, schedule} from '../store/schedule.js';
import {clipsOf, onDraw, ownerOf, send, set, shotOf, state} from '../store/store.js';
import {makeDecks} from './decks.js';
import {lay as layPieces, pieceAt as pieceIn, rangeOf} from './pieces.js';
import {makeSketch} from './sketch.js';
import {makeSound} from './sound.js';

const AHEAD_S = 1.5;  // how early the next clip is loaded
const LEAD_S = 0.02;  // how early it starts to run, behind the one that is seen
const FASTEST = 4;
const REST_MS = 250;
// A clip that is off the sound by more than this is played faster or slower, and set anew where it
// is far off: a jump is seen.
const IN_STEP_S = 0.008, EARLY_S = 0.04, LOST_S = 1;

/** @typedef {import("./pieces.js").Piece} Piece */
/** @typedef {import("./decks.js").Deck} Deck */
/** @type {Piece[]} */
let pieces = [];
let at = 0, rate = 0, last = 0, timer = 0, resting = 0;
/** The deck that is seen; null for the sketch. @type {Deck | null} */
let front = null;
let seen = false;  // something is
/** What comes after what is seen; at once where time is null.
    @type {{time: number | null, deck: Deck | null} | null} */
let next = null;
/** One part that plays once, and where to be afterwards.
    @type {{owner: string, back: number} | null} */
let only = null;
let cued = false;  // nothing was played since the selection
/** `at`, for when the story changes around it. @type {{owner: string, into: number} | null} */
let place = null;
let shown = '';    // the view and the selection that the clock was last set for
/** @type {Set<string>} */
const broken = new Set();
/** @type {Set<(time: number) => void>} */
const listeners = new Set();

const sketch = makeSketch({onLoad: () => { if (!rate) show(); }, duration: () => duration()});
const sound = makeSound();
const decks = makeDecks({
  onReady: deck => {
    if (rate <= 0 && next && next.deck === deck && next.time === null) raise(deck);
  },
  onBroken: url => {
    if (broken.has(url)) return;
    broken.add(url);
    refresh();
    send('sync');  // the server may know better clips
  },
});
const layers = [sketch.element, ...decks.all.map(deck => deck.element)];

const fps = () => state.story.settings.fps;
/** @param {number} time */
const frame = time => Math.floor(time * fps() + 1e-3);
/** @param {number} time */
const snap = time => frame(time) / fps();
/** @param {number} time */
const pieceAt = time => pieceIn(pieces, time);
const duration = () => (pieces.length ? pieces.at(-1).end : 0);
const inSelection = () => state.view === 'selection' && state.selected !== null;

function lay() {
  pieces = layPieces(schedule(), {clipsOf, broken, fps: fps()});
}

/* What is played, and where a new selection is first seen. */
function range() {
  const owner = only ? only.owner : inSelection() ? ownerOf(state.selected) : '';
  return rangeOf(schedule(), owner, only !== null);
}

/** Where in a clip to stand for `time`: within the frame, not on its border.
 * @type {(piece: Piece, time: number) => number} */
const within = (piece, time) => {
  const n = frame(time - piece.start);
  return n > 0 ? (n + 0.5) / fps() : 0;
};

/** @param {Deck | null} deck */
function raise(deck) {
  front = deck;
  seen = true;
  const element = deck ? deck.element : sketch.element;
  if (deck) sketch.rest();
  for (const layer of layers) layer.classList.toggle('sb-front', layer === element);
  for (const other of decks.all) if (other !== deck) other.pause();
}

/* Where the story fades in from black, a picture invites to play it. */
const poster = () => !rate && at === 0 && state.story.settings.fade_in_s > 0;

/* The part of the selected picture that is moved at present, of the one that is seen. */
const framing = () => {
  const part = rate ? null : partAt(at);
  return part && part.kind === 'shot' && inSelection() && ownerOf(state.selected) === part.owner
    ? windowOf(shotOf(part.owner)) : '';
};

function show() {
  const piece = pieceAt(at);
  next = null;
  if (!piece) return;
  let deck = null;
  const clip = heldCaption() || framing() ? '' : piece.url;  // what is moved is drawn here
  if (clip) {
    deck = front && front.url === piece.url ? front : decks.other(piece.url, front);
    next = {time: null, deck: poster() ? null : deck};
    deck.cue(piece.url, within(piece, at));
  }
  if (!clip || poster() || (!front && !deck.ready)) {
    if (!sketch.has(piece.part) && seen) return;  // what is seen stays until it can be drawn
    sketch.draw(piece.part, at, {poster: poster(), lit: cued, window: framing(), rate});
    raise(null);
  } else if (deck.ready) raise(deck);
}

function tell() {
  const part = partAt(at);
  place = part && {owner: part.owner, into: at - part.start};
  for (const listener of listeners) listener(at);
}

/** @param {number} time */
function go(time) {
  cued = false;
  at = Math.max(0, Math.min(snap(time), duration() - 1 / fps()));
  show();
  sound.stop();
  if (!rate) rested();
  tell();
}

/* What is heard from a place on is at hand once the user stays there. */
function rested() {
  clearTimeout(resting);
  resting = setTimeout(() => { if (!rate && state.story) sound.prepare(at); }, REST_MS);
}

/** @param {number} time */
function seek(time) {
  only = null;
  const {from, to} = range();
  const inside = time > from - 1e-3 && time < to + 1e-3;
  if (state.view === 'video' || (state.view === 'selection' && !inside)) set({view: 'story'});
  go(Math.min(time, range().to - 1 / fps()));
}

/** @param {number} speed */
function run(speed) {
  if (!pieces.length) return;
  if (state.view === 'video') set({view: 'story'});
  const {from, to} = range(), end = to - 1 / fps();
  rate = speed;
  if (speed > 0 && (cued || at < from - 1e-3 || at >= end - 1e-3)) go(from);
  else if (speed < 0 && (at <= from + 1e-3 || at > end + 1e-3)) go(end);
  else if (speed < 0) rest();
  if (speed !== 1) sound.stop();
  next = null;
  cued = false;
  last = performance.now();
  again();
  tell();
}

function again() {
  cancelAnimationFrame(timer);
  timer = requestAnimationFrame(tick);
}

function rest() {
  sketch.rest();
  for (const deck of decks.all) deck.pause();
}

function halt(time = at) {
  rate = 0;
  rest();
  go(time);
}

function pause() {
  only = null;
  if (rate) halt();
}

/** @param {{from: number, to: number}} range */
function finish({from, to}) {
  const time = only ? only.back : Math.max(from, Math.min(at, to - 1 / fps()));
  only = null;
  halt(time);
}

/** @param {number} now */
function tick(now) {
  if (!rate) return;
  const {from, to} = range();
  let piece = pieceAt(at);
  const before = frame(at);
  const passed = Math.min(0.25, (now - last) / 1000) * rate;
  last = now;
  const clip = rate > 0 && piece.url;
  const there = clip && front && front.url === piece.url;
  if (clip && !(there && front.ready)) {
    if (!(there && sound.sounding)) {
      if (!next || next.time !== null) show();
      else if (next.deck.ready) raise(next.deck);
    }
    if (!sound.sounding) {  // the clock stands until its clip is there, and what was seen stays
      again();
      return;
    }
  }
  const heard = rate === 1 ? sound.follow(at) : null;
  if (heard === 'wait') {
    rest();
    again();
    return;
  }
  const running = clip && front && front.url === piece.url && front.ready;
  if (heard !== null) {
    at = Math.max(at, Math.min(piece.end, heard));
    if (running) keepStep(front, heard - piece.start);
  } else if (running) {
    front.run(rate);
    at = Math.max(at, Math.min(piece.end, piece.start + front.element.currentTime));
  } else {
    at = Math.max(0, Math.min(duration(), at + passed));
  }
  const end = rate > 0 ? Math.min(piece.end, to) : Math.max(piece.start, from);
  const left = (end - at) / rate;
  const then = after(end, from, to);
  prepare(then, left);
  if (left < 0.004 || (running && heard === null && front.element.ended)) {
    if (then === null) return finish({from, to});
    if (then !== end) sound.stop();
    at = then;
    piece = pieceAt(at);
    if (next && next.time === then && next.deck.ready && rate > 0) {
      raise(next.deck);
      front.run(rate);
      next = null;
    } else show();
  } else if (!clip && frame(at) !== before) show();
  tell();
  again();
}

/** Run a clip so that it shows what is at `to` seconds of it when that is heard.
 * @type {(deck: Deck, to: number) => void} */
const keepStep = (deck, to) => {
  const ahead = deck.element.currentTime - to;
  if (Math.abs(ahead) > LOST_S) deck.element.currentTime = to;
  if (ahead > EARLY_S) deck.pause();  // a sound takes a moment until it is heard
  else deck.run(Math.abs(ahead) > IN_STEP_S
    ? Math.round(20 * Math.max(0.5, Math.min(2, 1 - 3 * ahead))) / 20 : 1);
};

/** Where it goes on when `end` is reached, or null where it stops.
 * @type {(end: number, from: number, to: number) => number | null} */
const after = (end, from, to) => {
  if (rate > 0) return end < to - 1e-3 ? end : loop() ? from : null;
  return end > from + 1e-3 ? end - 1 / fps() : loop() ? to - 1 / fps() : null;
};

/** @type {(time: number | null, left: number) => void} */
const prepare = (time, left) => {
  const piece = time === null || rate < 0 ? null : pieceAt(time);
  if (!piece || left > AHEAD_S) return;
  if (!piece.url) return void sketch.has(piece.part);
  if (!next || next.time !== time) {
    next = {time, deck: decks.other(piece.url, front)};
    next.deck.cue(piece.url, within(piece, time));
  }
  if (left < LEAD_S && next.deck.ready) next.deck.run(rate);
};

const loop = () => !only && localStorage.getItem('storyboard-loop') === 'yes';

/* The story, its clips or what is looked at has changed. */
function refresh() {
  if (!state.story) return;
  const before = pieceAt(at), was = shown;
  lay();
  const selected = inSelection() ? ownerOf(state.selected) : '';
  shown = `${state.story.story} ${state.view} ${selected}`;
  if (shown !== was) return turn(was);
  const part = place && schedule().find(one => one.owner === place.owner);
  const moved = part ? Math.min(part.start + place.into, part.end - 0.5 / fps()) : at;
  const piece = pieceAt(at);
  if (frame(moved) !== frame(at) || at >= duration()) go(moved);
  else if (!rate && (!before || !piece || before.url !== piece.url || !piece.url
    || heldCaption() || framing() || !front)) show();
  else if (!rate) tell();
}

/** @param {string} was */
function turn(was) {
  const played = rate > 0 && was.split(' ')[1] === 'selection';
  const other = !was.startsWith(`${state.story.story} `);
  if (other) [front, seen] = [null, false];  // nothing of another story stays
  only = null;
  if (state.view === 'selection') {
    if (played) go(range().from);
    else halt(range().first);
    cued = !played;
  } else if (state.view === 'video' || other) {
    halt(state.view === 'video' ? at : 0);
  } else tell();
}

/** @param {string} owner */
function playOnly(owner) {
  const part = schedule().find(one => one.owner === owner);
  if (!part || rate || state.view === 'video') return;
  only = {owner, back: at};
  go(part.start);
  run(1);
}

export const player = {
  get time() { return at; },
  get duration() { return duration(); },
  get playing() { return rate !== 0; },
  get rate() { return rate; },
  get scope() { return inSelection() ? 'selection' : 'story'; },
  get range() { return range(); },
  get looping() { return loop(); },
  get rendered() { return Boolean((pieceAt(at) || {}).url); },
  layers, sound, seek, pause, playOnly,
  play: () => { only = null; run(1); },
  toggle: () => (rate ? pause() : player.play()),
  /** @param {number} frames */
  step(frames) {
    const {from, to} = range();
    pause();
    go(Math.max(from, Math.min(to - 1 / fps(), snap(at) + frames / fps())));
  },
  /** Forwards or backwards; once more in the same direction is twice as fast.
   * @param {number} direction */
  shuttle(direction) {
    only = null;
    run(Math.sign(rate) === direction
      ? direction * Math.min(FASTEST, 2 * Math.abs(rate)) : direction);
  },
  /* Play the scope from its start. */
  replay() {
    only = null;
    go(range().from);
    run(1);
  },
  /** @param {boolean} on */
  setLoop: on => { localStorage.setItem('storyboard-loop', on ? 'yes' : 'no'); tell(); },
};

/** @param {(time: number) => void} listener */
export function onTime(listener) {
  listeners.add(listener);
}

document.addEventListener('visibilitychange', () => document.hidden && pause());
onDraw(refresh);
