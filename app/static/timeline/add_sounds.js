/* The row below the sound lanes: music from files, and a voice from the microphone. */
import {attr, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {hasSound} from '../store/heard.js';
import {onDraw, selectSound, send, set, state} from '../store/store.js';
import {uploadAll} from '../kit/uploads.js';
import {recorder} from './recording.js';

/** Set with the lanes. @type {NonNullable<Line['addSounds']>} */
let add;

/** Lay sounds of files onto tracks.
 * @type {NonNullable<Line['addSounds']>} */
export const addSounds = (files, at) => add(files, at);

/** @param {Line} line */
export function addingSounds(line) {
  /** @type {string[]} */
  let coming = [];
  const says = h('span', {class: 'sb-coming-sound'});
  const choose = fields.files('Add music or sounds', {
    image: 'music', accept: state.catalogue.sounds, multiple: true, kind: 'quiet',
    chosen: files => add(files),
  });

  /** @type {(names: string[]) => void} */
  const show = names => {
    coming = names;
    set({});
  };

  /** @type {NonNullable<Line['addSounds']>} */
  line.addSounds = async (files, {start_s = 0, track = null, ...more} = {}) => {
    const known = new Set(ids());
    await uploadAll(files, async done => {
      show(done.map(({name}) => `Reading ${name}`));
      for (const file of done) await send('add_sound', {file, track, start_s, ...more});
    }, (n, begins) => show(begins ? [`Uploading ${files[n].name}`] : []));
    show([]);
    const fresh = ids().find(id => !known.has(id));
    if (fresh) selectSound({kind: 'sound', id: fresh});
  };
  add = line.addSounds;
  const ids = () => state.story.tracks.flatMap(({sounds}) => sounds.map(({id}) => id));

  onDraw(({story}) => {
    const words = hasSound(story) ? 'Add music or sounds' : 'Add music';
    put(choose.children[1], 'textContent', words);
    attr(choose.querySelector('input'), 'aria-label', words);
    put(says, 'textContent', coming.join(', '));
  });
  return h('div', {class: 'sb-track-add'}, choose, ...recorder(line), says);
}
