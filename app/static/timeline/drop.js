/* Files become shots, sounds lie on tracks, subtitles are captions and a story file opens: dropped at a
   place of the strip, dropped anywhere else, chosen or pasted, also before the story is there. A video
   that is dropped on a sound lane is a sound.
   While they are on their way, a stand-in for each is at its place. Gives the tile at the end. */
import {h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {loaded, onDraw, send, set, SHOTS, state} from '../store/store.js';
import {isStoryFile, openStoryFile} from '../kit/story_files.js';
import {inOrder, uploadAll} from '../kit/uploads.js';
import {scale} from './scale.js';

/** Set with the strip. @type {(files: File[]) => void} */
let add;

/** Make shots of files, after what is selected.
 * @param {File[]} files */
export const addFiles = files => add(files);

/** @param {Line} line */
export function dropping(line) {
  const {element} = line;
  const MOST = 200;  // files that one command takes
  const {catalogue} = state, kinds = catalogue.media.split(','), endings = catalogue.sounds.split(',');
  const subtitles = catalogue.subtitles.split(',');
  let count = 0;

  /** @param {File} file */
  const taken = file => /^(image|video)\//.test(file.type)
    || kinds.some(kind => file.name.toLowerCase().endsWith(kind));

  /** @param {File} file */
  const sounds = file => !taken(file) && (file.type.startsWith('audio/') || endings.some(
    kind => file.name.toLowerCase().endsWith(kind)));

  /** @param {File} file */
  const written = file => subtitles.some(kind => file.name.toLowerCase().endsWith(kind));

  /** @type {(files: File[], before: string | null, start_s?: number) => Promise<void>} */
  const take = async (files, before, start_s = 0) => {
    await loaded;
    const story = files.find(isStoryFile), words = files.find(written);
    const good = inOrder(files.filter(taken)), heard = inOrder(files.filter(sounds));
    const known = [story, words, ...good, ...heard];
    line.refused(files.filter(file => !known.includes(file)).map(({name}) => `${name}: ${unknown(name)}`));
    if (story) await openStoryFile(story);
    if (heard.length) await line.addSounds(heard, {start_s});
    /** @type {Pending[]} */
    const waiting = good.map(({name}) => ({
      key: `file-${++count}`, name, before, doing: 'Waiting',
    }));
    show(waiting, []);
    for (let i = 0; i < good.length; i += MOST) {
      const batch = waiting.slice(i, i + MOST);
      await uploadAll(good.slice(i, i + MOST), async done => {
        for (const one of batch) one.doing = 'Reading';
        show([], []);
        line.offerScenes(await line.make('add_media', {files: done, before}));
      }, (n, begins) => {
        batch[n].doing = 'Uploading';
        show([], begins ? [] : [batch[n]]);
      });
      show([], batch);
    }
    if (words) await uploadAll([words], ([file]) => send('load_subtitles', {file}));
  };

  /** Why a file that is taken for nothing here is not taken.
   * @param {string} name */
  const unknown = name => {
    if (isStoryFile({name}) || subtitles.some(kind => name.toLowerCase().endsWith(kind))) {
      return 'one such file at a time is taken';
    }
    return 'not an image, a video or a sound; add PNG, JPEG, WebP, GIF, HEIC, MP4, WebM, MOV, MP3, '
      + 'WAV, M4A, FLAC or OGG files, subtitles as SRT, VTT or ASS, or a story as .seine.zip';
  };

  /** A new list each time: that is how the strip knows.
   * @type {(added: Pending[], gone: Pending[]) => void} */
  const show = (added, gone) => {
    const pending = [...state.pending, ...added].filter(one => !gone.includes(one));
    set({pending});
  };

  /** @param {DragEvent} event */
  const carries = event => [...event.dataTransfer.types].includes('Files');
  /** @param {DragEvent} event */
  const over = event => (
    /** @type {Element} */ (event.target).closest('#zone-timeline, #zone-stage'));
  /** The track that a file is over.
   * @type {(event: DragEvent) => HTMLElement | null} */
  const track = event => /** @type {Element} */ (event.target).closest(
    `.sb-track:not([data-id="${SHOTS}"])`);
  /** @param {Element | null} zone */
  function mark(zone) {
    for (const old of document.querySelectorAll('.sb-dropping')) {
      if (old !== zone) old.classList.remove('sb-dropping');
    }
    if (zone) zone.classList.add('sb-dropping');
    if (!zone || !zone.contains(element)) line.mark(null);
  }

  // All of the page takes files: where nothing did, a dropped one would replace it.
  for (const type of /** @type {const} */ (['dragenter', 'dragover'])) {
    document.addEventListener(type, event => {
      if (event.defaultPrevented || !carries(event)) return;
      event.preventDefault();
      const zone = over(event);
      event.dataTransfer.dropEffect = 'copy';
      mark(zone);
      if (!zone || !zone.contains(element) || !state.story || !state.story.shots.length) return;
      line.nudge(event.clientX);
      const lane = track(event), x = line.x(event.clientX);
      line.mark(lane ? x : line.gap(x).x);
    });
  }
  document.addEventListener('dragleave', event => event.relatedTarget || mark(null));
  document.addEventListener('drop', event => {
    mark(null);
    if (event.defaultPrevented || !carries(event)) return;
    event.preventDefault();
    const zone = over(event), files = [...event.dataTransfer.files];
    if (!files.length) return;
    const lane = track(event), x = line.x(event.clientX);
    const here = Boolean(state.story && zone && zone.contains(element));
    if (lane && files.every(file => taken(file) || sounds(file))) {
      line.addSounds(files, {start_s: scale.timeAt(x), track: lane.dataset.id});
    } else take(files, here ? line.gap(x).before : null, here ? scale.timeAt(x) : 0);
  });

  line.addFiles = take;
  add = async files => {
    await loaded;
    take(files, line.here());
  };
  const invite = h('div', {class: 'sb-invite'},
    h('p', {}, 'or begin with a picture of the sample story'), line.gallery());
  const chooser = fields.files('Add images or videos', {
    image: 'add', accept: state.catalogue.media, multiple: true, kind: 'tile',
    chosen: files => take(files, null),
  });
  onDraw(({story, pending}) => {
    put(chooser.children[1], 'textContent', story.shots.length || pending.length
      ? 'Add images or videos' : 'Drop images or videos here, or choose them');
  });
  return h('li', {class: 'sb-tile'}, chooser, invite);
}
