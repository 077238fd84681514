/* Which voice speaks, and in which language. A browser remembers both. */
import {h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {state} from '../store/store.js';

const KEY = 'storyboard-voice';
/** @type {Record<string, string>} */
const TITLES = {piper: 'Piper', 'espeak-ng': 'eSpeak NG'};
const here = () => state.catalogue.voices.filter(voice => !voice.missing);

/** What was chosen, as far as it is here; of what was not, the best voice, and the browser's
    language.
 * @returns {{voice: string, language: string}} */
export function chosenVoice() {
  const {voice, language} = JSON.parse(localStorage.getItem(KEY) || '{}');
  const speaks = here().find(one => one.name === voice) || here()[0];
  if (!speaks) return {voice: '', language: 'en'};
  const own = navigator.language.toLowerCase();
  const wanted = [language, own, own.split('-')[0], 'en'];
  const known = wanted.find(code => speaks.languages.includes(code));
  return {voice: speaks.name, language: known || speaks.languages[0] || 'en'};
}

export function voiceChoice() {
  /** @param {{voice?: string, language?: string}} changed */
  const keep = changed => {
    localStorage.setItem(KEY, JSON.stringify({...chosenVoice(), ...changed}));
    update();
  };
  const voice = fields.select('Voice', {commit: name => keep({voice: name})});
  const language = fields.select('Language', {commit: code => keep({language: code})});
  const element = h('div', {class: 'sb-row'}, voice.element, language.element);
  const names = new Intl.DisplayNames(undefined, {type: 'language'});

  /** @param {string} code */
  function named(code) {
    try {
      return names.of(code) || code;
    } catch {  // eSpeak NG has some that are no language tags
      return code;
    }
  }

  function update(shown = true) {
    const chosen = chosenVoice(), speaks = here().find(one => one.name === chosen.voice);
    put(element, 'hidden', !shown || !speaks);
    if (!speaks) return;
    voice.update(chosen.voice, {
      options: here().map(({name}) => ({value: name, label: TITLES[name] || name})),
    });
    const options = speaks.languages.map(code => ({value: code, label: named(code)}));
    options.sort((a, b) => a.label.localeCompare(b.label));
    put(language.element, 'hidden', options.length < 2);
    language.update(chosen.language, {options});
  }

  return {element, update};
}
