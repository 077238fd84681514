/* How a video's own sound is heard in its shot. */
import {h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {shotOf, state} from '../store/store.js';

/** `change` gets the new sound of the shot that is shown.
 * @param {{change: (changed: Changes) => unknown}} given */
export function shotSound({change}) {
  const {sound: limits} = state.catalogue.limits;
  let id = '';
  /** @param {Partial<ShotSound>} changed */
  const set = changed => shotOf(id) && change({sound: {...shotOf(id).sound, ...changed}});
  const volume = fields.range('Volume of the video', {
    min: 0, max: 2, step: 0.05, commit: volume => set({volume}),
  });
  const muted = fields.check('Mute', {commit: muted => set({muted})});
  /** @type {(label: string, name: 'fade_in_s' | 'fade_out_s') =>
   *   ReturnType<typeof fields.number>} */
  const fade = (label, name) => fields.number(label, {
    min: 0, max: limits[name].max, unit: 's', commit: value => set({[name]: value}),
  });
  const fadeIn = fade('Fades in', 'fade_in_s'), fadeOut = fade('Fades out', 'fade_out_s');
  const rings = fields.check('Rings on under the transitions beside it', {
    commit: rings => set({rings}),
  });
  const tone = fields.check('Room tone where the video has ended', {
    commit: room_tone => set({room_tone}),
  });
  const shaped = h('div', {}, volume.element,
    h('div', {class: 'sb-row'}, fadeIn.element, fadeOut.element), rings.element, tone.element);
  const element = h('details', {class: 'sb-more'}, h('summary', {}, 'Sound'), muted.element, shaped);
  element.open = true;

  /** @param {Shot} now */
  function update(now) {
    ({id} = now);
    put(element, 'hidden', !now.heard);
    if (!now.heard) return;
    const {sound} = now;
    muted.update(sound.muted);
    put(shaped, 'hidden', sound.muted);
    volume.update(sound.volume);
    fadeIn.update(sound.fade_in_s);
    fadeOut.update(sound.fade_out_s);
    rings.update(sound.rings);
    tone.update(sound.room_tone);
    put(tone.element, 'hidden', now.video_s >= now.duration_s || now.past_end !== 'extend');
  }

  return {element, update, save: () => { fadeIn.save(); fadeOut.save(); }};
}
