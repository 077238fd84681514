/* Over a finished video that does not run: what can be done with it next. */
import {openDialog} from '../kit/dialog.js';
import {attr, button, h, put} from '../kit/dom.js';
import {icon} from '../kit/icons.js';

/** @param {{toggle: () => void, playing: boolean, shown: boolean}} film */
export function makePoster(film) {
  /** @type {Film | null} */
  let made = null;
  const play = button('Play', {image: 'play', kind: 'primary', action: () => film.toggle()});
  const download = h('a', {class: 'sb-button sb-download'}, icon('download'), h('span'));
  const share = button('Share', {image: 'share', action: () => shared(made)});
  const again = button('Export again', {image: 'retry', action: () => openDialog('export')});
  const element = h('div', {class: 'sb-poster', role: 'group', 'aria-label': 'The finished video'},
    play, download, share, again);
  return {
    element,
    /** @param {Film | null} found what the stage shows, where it has a finished film */
    update(found) {
      made = found;
      put(element, 'hidden', !found || film.playing);
      if (!found) return;
      put(play, 'hidden', !film.shown);
      attr(download, 'href', found.download);
      attr(download, 'download', found.name);
      attr(download, 'title', found.name);
      put(download.lastChild, 'textContent', `Download ${found.kind.toUpperCase()}`);
      put(share, 'hidden', !navigator.share);
    },
  };
}

/** To another app of the device, where it has Web Share: the file itself, or where such files are not
    taken its name alone.
 * @param {Film} film */
async function shared({url, name}) {
  const blob = await (await fetch(url)).blob();
  const files = [new File([blob], name, {type: blob.type})];
  try {
    await navigator.share(navigator.canShare({files}) ? {files, title: name} : {title: name});
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'AbortError') throw error;  // they thought better of it
  }
}
