/* The captions of a shot: which one of them is worked on, and how it changes. */
import {send, set, shotOf, state} from './store.js';

/** @type {Omit<Caption, 'text' | 'place'>} */
const USUAL = {
  style: 'auto', size: 1, weight: null, colour: '#f5f5f5', ground: null, align: 'centre', at: null,
  from_s: 0, to_s: null, fade_s: 0.4,
};
let chosen = {id: '', index: 0};

/** What is being moved or resized on the stage: by parts of the frame, and times as large.
 * @type {{id: string, index: number, box: {x: number, y: number, w: number, h: number}, x: number,
 *   y: number, scale: number} | null} */
let held = null;
export const heldCaption = () => held;
/** @param {typeof held} now */
export function holdCaption(now) {
  held = now;
  set({});
}

/** Which caption of a shot is worked on.
 * @param {Shot} shot */
export const lineOf = ({id, captions}) => (
  chosen.id === id ? Math.max(0, Math.min(chosen.index, captions.length - 1)) : 0);

/** @type {(id: string, index: number) => void} */
export function chooseLine(id, index) {
  chosen = {id, index};
  set({});
}

/** From when to when a caption is seen in a shot, seconds.
 * @type {(caption: Caption, length: number) => [number, number]} */
export const seenIn = ({from_s: from, to_s: to}, length) => (
  [from, to === null ? length : Math.min(to, length)]);

/** How strongly it is seen at `into` seconds of a shot, 0..1.
 * @type {(caption: Caption, length: number, into: number) => number} */
export function strengthOf(caption, length, into) {
  const [from, to] = seenIn(caption, length);
  if (into < from || into >= to) return 0;
  const fade = Math.min(caption.fade_s, (to - from) / 4);
  return fade ? Math.max(0, Math.min(1, (into - from) / fade, (to - into) / fade)) : 1;
}

/** As it is sent: without what the server adds.
 * @type {(caption: Caption) => Caption} */
const plain = ({lettering: _, unwritable: __, ...caption}) => caption;

/** @type {(id: string, captions: Caption[]) => Promise<unknown>} */
const put = (id, captions) => send('set_shot', {id, fields: {captions: captions.map(plain)}});

/** Change the caption that is worked on; words make one where there is none.
 * @type {(id: string, changes: Partial<Caption>) => Promise<unknown>} */
export function changeLine(id, changes) {
  const shot = shotOf(id), index = lineOf(shot), captions = [...shot.captions];
  captions[index] = {...(captions[index] || fresh(shot)), ...changes};
  return put(id, captions);
}

/* In an upright film larger, as on a phone, and above what the apps for such films lay over its lower
   third. */
/** @type {(shot: Shot) => Caption} */
function fresh({kind}) {
  const {width, height} = state.story.settings;
  /** @type {Caption} */
  const words = {text: '', place: kind === 'card' ? 'centre' : 'bottom', ...USUAL};
  return kind !== 'card' && width / height < 0.7 ? {...words, size: 1.6, at: [0.5, 0.6]} : words;
}

/** One more caption, seen when the one that is worked on is over, in its look.
 * @param {string} id */
export function addLine(id) {
  const shot = shotOf(id), now = shot.captions[lineOf(shot)], half = shot.duration_s / 2;
  const ends = now.to_s === null || now.to_s >= shot.duration_s;
  const at = ends ? (now.from_s < half ? half : now.from_s) : now.to_s;
  const captions = shot.captions.map(one => (one === now && ends && at > one.from_s ? {...one, to_s: at} : one));
  captions.push({...now, text: 'More words', from_s: at, to_s: null});
  const done = put(id, captions);
  chooseLine(id, captions.length - 1);  // drawn at once, to be typed over
  return done;
}

/** Without the caption that is worked on.
 * @param {string} id */
export function removeLine(id) {
  const shot = shotOf(id), index = lineOf(shot);
  return put(id, shot.captions.filter((_, i) => i !== index));
}
