/* What a voice says over a shot. */
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {send, state} from '../store/store.js';
import {chosenVoice, voiceChoice} from './voice_choice.js';

/** `change` gets the new narration of the shot that is shown.
 * @param {{change: (changed: Changes) => unknown}} given */
export function narrationField({change}) {
  let id = '';
  const text = fields.text('Narration', {
    rows: 3, length: state.catalogue.limits.shot.narration.length,
    placeholder: 'What a voice says over it', commit: narration => change({narration}),
  });
  const make = button('Make the voice', {image: 'voice', action: () => {
    text.save();
    send('narrate', {ids: [id], ...chosenVoice()});
  }});
  const caption = button('As captions', {
    image: 'title', title: 'All narrations, where a shot has no caption yet', action: () => {
      text.save();
      send('caption_narration');
    },
  });
  const says = h('p', {class: 'sb-hint', role: 'status'});
  const choice = voiceChoice();
  const element = h('div', {}, text.element, choice.element, h('div', {class: 'sb-panel-actions'}, make, caption), says);

  /** @param {Shot} now */
  function update(now) {
    ({id} = now);
    text.update(now.narration);
    const {voices} = state.catalogue, words = Boolean(now.narration.trim());
    const here = voices.find(voice => !voice.missing);
    const spoken = state.story.tracks.some(track => track.kind === 'voice' && track.sounds.some(
      sound => sound.anchor === id && sound.spoken && sound.spoken === now.narration));
    const work = (state.progress.sound_works || []).find(one => one.id === id);
    choice.update(words);
    for (const one of [make, caption]) put(one, 'hidden', !words);
    refuse(make, here ? spoken ? 'It says this already' : '' : voices.map(v => v.missing).join('; '));
    refuse(caption, state.story.shots.some(shot => shot.narration.trim() && !shot.captions.length)
      ? '' : 'Every shot with a narration has a caption');
    put(says, 'textContent', work ? work.message || 'Speaking…'
      : words && !here ? `No voice is here: ${voices.map(v => v.missing).join('; ')}` : '');
  }

  return {element, update, save: text.save};
}

