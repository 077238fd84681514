/* What an engine takes from a prompt, told while it is written: those without a language model know
   camera moves and styles by certain words alone. The server matches the same patterns. */
import {state} from '../store/store.js';
import {inWords, moveTitle} from './tiles.js';

/** @type {(phrases: Phrase[], text: string) => string | undefined} of the first that fits */
const first = (phrases, text) => (phrases.find(([pattern]) => new RegExp(pattern, 'u').test(text))
  || [])[1];

/** The moves, styles and words that are understood; null where all of the prompt is read.
 * @type {(prompt: string, engine: string, chosen: {camera: string, style?: string}) => string[] | null} */
export function understood(prompt, engine, {camera, style}) {
  const reading = state.catalogue.readings[engine], text = prompt.toLowerCase();
  if (!reading) return null;
  const move = camera === 'auto' && first(state.catalogue.camera_phrases, text);
  const look = style === 'auto' && first(reading.styles, text);
  const known = new Set(reading.words);
  const phrases = !known.size ? [] : text.split(/[,.;:!?\n]+/).map(phrase => phrase.trim())
    .filter(phrase => phrase && !(move && first(state.catalogue.camera_phrases, phrase))
      && (phrase.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) || []).every(word => known.has(word)));
  return [...move ? [moveTitle(move)] : [], ...look ? [inWords(look)] : [], ...phrases];
}

/** The line under a prompt.
 * @type {(prompt: string, used: Engine, chosen: {camera: string, style?: string}) => string} */
export function understoodLine(prompt, used, chosen) {
  if (!used.uses_prompt) return prompt ? `${used.title} does not read prompts; kept for other engines` : '';
  const found = understood(prompt, used.name, chosen);
  if (!found) return `${used.title} reads the whole prompt`;
  const {styles, words} = state.catalogue.readings[used.name];
  const knows = words.length ? 'words that it has learned'
    : styles.length && chosen.style !== undefined ? 'words for camera moves and styles' : 'camera words';
  if (found.length) return `Understood: ${found.join(', ').toLowerCase()}`;
  return prompt.trim() ? `Nothing understood: ${used.title} reads ${knows} only`
    : `${used.title} reads ${knows} only`;
}
