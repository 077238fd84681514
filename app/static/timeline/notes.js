/* The lines above the strip: what the server says, files that could not come in, and the offer to split
   a video. They cover nothing and ask for nothing: whoever does not care goes on. */
import {button, h} from '../kit/dom.js';
import {saidNote} from '../kit/said.js';
import {seconds, shotName} from '../kit/words.js';
import {send, set, shotOf, state} from '../store/store.js';
import {onRefused} from '../kit/uploads.js';

/** @typedef {{text: string, refused?: boolean, said?: boolean, offer?: boolean}} Note */

/** @type {(line: Line, box: HTMLElement) => () => void} */
export const notes = (line, box) => {
  const LONG = 3;  // seconds from which a video may well have several scenes
  /** Why files did not come in, and shots: of long videos, and whose scenes were asked for.
      @type {string[]} */
  let refused = [];
  /** @type {string[]} */
  let offered = [];
  /** @type {string[]} */
  let asked = [];
  let drawn = '';

  line.refused = lines => {
    refused = lines;
    set({});
  };
  onRefused(lines => lines.length && line.refused([...new Set([...refused, ...lines])]));
  line.offerScenes = ids => {
    const long = ids.filter(id => {
      const shot = shotOf(id);
      return shot.kind === 'video' && shot.duration_s >= LONG;
    });
    offered = [...offered, ...long];
    set({});
  };
  line.findScenes = ids => {
    const videos = ids.filter(id => shotOf(id).kind === 'video');
    offered = offered.filter(id => !videos.includes(id));
    asked = [...new Set([...asked, ...videos])];
    for (const id of videos) send('split_scenes', {id});
  };
  /** @param {string[]} ids */
  const kept = ids => ids.filter(shotOf);

  /** @returns {Note[]} */
  function now() {
    asked = kept(asked);
    offered = kept(offered);
    const searches = (state.progress.scenes || []).filter(({id}) => asked.includes(id));
    return [
      ...state.messages.map(text => ({text, said: true})),
      ...refused.map(text => ({text, refused: true})),
      ...(offered.length ? [{offer: true, text: offer()}] : []),
      ...searches.map(({id, message}) => ({
        text: message || `Looking for scenes in “${shotName(shotOf(id))}”…`,
      })),
    ];
  }

  function offer() {
    const shots = offered.map(shotOf);
    const length = seconds(shots.reduce((sum, shot) => sum + shot.duration_s, 0));
    const what = shots.length === 1 ? `“${shotName(shots[0])}”` : `${shots.length} videos`;
    return `${what}, ${length}: split into scenes?`;
  }

  function keepWhole() {
    offered = [];
    set({});
  }

  /** @param {Note} note */
  function draw({refused: isRefused, said, offer: offers, text}) {
    if (said) return saidNote(text);
    const buttons = offers ? [
      button('Split', {action: () => line.findScenes(offered)}),
      button('Keep whole', {kind: 'quiet', action: keepWhole}),
    ] : isRefused ? [button('Close', {
      image: 'close', text: false, kind: 'quiet',
      action: () => line.refused(refused.filter(other => other !== text)),
    })] : [];
    return h('div', {class: 'sb-note'}, h('span', {}, text), ...buttons);
  }

  return () => {
    const shown = now(), key = JSON.stringify(shown);
    if (key === drawn) return;
    drawn = key;
    const more = shown.length > box.children.length;
    box.replaceChildren(...shown.map(draw));
    if (more) box.scrollIntoView({block: 'nearest'});  // on a phone it may be far from what was done
  };
};
