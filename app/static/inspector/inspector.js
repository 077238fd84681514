/* The inspector: which panel shows, that of the selected shot, shots or transition, of a sound or
   its lane, or of the story as a whole. */
import {h, put} from '../kit/dom.js';
import {splitter} from '../panes/splitter.js';
import {onDraw, ownerOf, state} from '../store/store.js';
import {edgePanel} from './edge_panel.js';
import {eyesOffer} from './eyes_offer.js';
import {makeBar} from './make_bar.js';
import {manyPanel} from './many_panel.js';
import {qualityPanel} from './quality_panel.js';
import {shotPanel} from './shot_panel.js';
import {soundPanel} from './sound_panel.js';
import {storyPanel} from './story_panel.js';
import {trackPanel} from './track_panel.js';

/** @param {HTMLElement} element */
export function mountInspector(element) {
  /** @type {HTMLElement} */
  const root = element.querySelector('.sb-inspector');
  splitter(root, 'beside');
  const scroll = h('div', {class: 'sb-fields'});
  /** @type {Record<'shot' | 'many' | 'edge' | 'story' | 'quality' | 'sound' | 'track', Panel> | null} */
  let panels = null;
  /** @type {ReturnType<typeof makeBar> | null} */
  let bar = null;
  /** @type {ReturnType<typeof eyesOffer> | null} */
  let eyes = null;
  let target = '';  // which shot or edge the panel was last drawn for

  function build() {
    panels = {
      shot: shotPanel(), many: manyPanel(), edge: edgePanel(), story: storyPanel(),
      quality: qualityPanel(), sound: soundPanel(), track: trackPanel(),
    };
    scroll.append(...Object.values(panels).map(panel => panel.element));
    bar = makeBar(() => panels[state.selected.kind].showTakes());
    eyes = eyesOffer();
    root.append(scroll, eyes.element, bar.element);
  }

  onDraw(({story, selected, panel, picked, sound}) => {
    if (!state.catalogue) return;
    if (!panels) build();
    const kind = panel === 'sound' && sound ? sound.kind : panel === 'quality' ? panel : panel === 'story' || !selected ? 'story'
      : picked.length > 1 ? 'many' : selected.kind;
    const of = kind === 'many' ? picked.join(' ')
      : kind === 'story' || kind === 'quality' ? ''
        : kind === 'sound' || kind === 'track' ? sound.id : ownerOf(selected);
    const now = [story.story, kind, of].join(' ');
    if (now !== target) {
      // Typed words belong to what was selected when they were typed.
      for (const one of Object.values(panels)) if (!one.element.hidden && target) one.save();
      const focused = /** @type {HTMLElement} */ (document.activeElement);
      if (root.contains(focused)) focused.blur();
      target = now;
      scroll.scrollTop = 0;
    }
    for (const [name, one] of Object.entries(panels)) put(one.element, 'hidden', name !== kind);
    panels[kind].update(selected);
    const part = kind === 'shot' || kind === 'edge' ? selected : null;
    eyes.update(part);
    put(bar.element, 'hidden', !part);
    if (part) bar.update(part);
  });
}
