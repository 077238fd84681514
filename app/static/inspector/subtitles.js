/* The captions of the whole story: from a file of subtitles, from what is spoken, and as a file. */
import {button, h, put, refuse} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {icon} from '../kit/icons.js';
import {send, state} from '../store/store.js';
import {uploadAll} from '../kit/uploads.js';

export function subtitlesSection() {
  const load = fields.files('Load subtitles', {
    image: 'title', accept: state.catalogue.subtitles,
    chosen: list => uploadAll(list.slice(0, 1), ([file]) => send('load_subtitles', {file})),
  });
  load.title = 'SRT, VTT or ASS: each line becomes a caption of the shot that it falls on, at its time';
  const hear = button('Caption what is spoken', {image: 'voice', action: () => send('hear_captions')});
  const says = h('p', {class: 'sb-hint', role: 'status'});
  const saved = h('div', {class: 'sb-row'});
  const element = h('div', {}, h('h3', {}, 'Subtitles'), load, hear, says, saved);

  function drawSaved() {
    const addresses = Object.entries(state.story.subtitles);
    if (saved.dataset.drawn === String(addresses)) return;
    saved.dataset.drawn = String(addresses);
    saved.replaceChildren(...addresses.map(([kind, href]) => h(
      'a', {class: 'sb-button', href, download: true}, icon('download'),
      h('span', {}, `Save ${kind.toUpperCase()}`))));
  }

  function update() {
    const work = (state.progress.sound_works || []).find(one => one.id === 'hearing');
    const {deaf} = state.catalogue;
    refuse(hear, deaf || (work && !work.message ? 'Listening' : ''));
    put(says, 'textContent', work ? work.message || 'Listening to the shots and voices…' : deaf);
    drawSaved();
  }

  return {element, update};
}
