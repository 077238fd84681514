/* How the camera of a picture goes: as its move says, or from one part of the picture to another,
   and which of them the stage lets one move. */
import {button, h, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {focusOf} from '../store/crops.js';
import {editWindow, windowOf} from '../store/framing.js';
import {shotOf, state} from '../store/store.js';
import {engineOf} from './engines.js';

/** @param {{change: (changed: Changes) => unknown}} told */
export function framingField({change}) {
  let id = '';
  const way = fields.chips('Framing', {commit: value => {
    if (value === 'move') return void change({framing: null});
    const [x, y] = focusOf(shotOf(id));
    change({framing: [{x: 0.5, y: 0.5, zoom: 1}, {x, y, zoom: 1.4}]});
    editWindow(id, 'end');
  }});
  const shown = fields.chips('On the stage', {
    commit: value => editWindow(id, /** @type {ReturnType<typeof windowOf>} */ (value)),
  });
  const zoom = fields.range('Zoom', {min: 1, max: 8, step: 0.05, commit: value => {
    const {framing} = shotOf(id), n = windowOf(shotOf(id)) === 'end' ? 1 : 0;
    change({framing: framing.map((part, i) => (i === n ? {...part, zoom: value} : part))});
  }});
  const swap = button('Swap begin and end', {
    image: 'swap', kind: 'quiet', action: () => change({framing: [...shotOf(id).framing].reverse()}),
  });
  const auto = button('Automatic', {
    kind: 'quiet', title: 'Keep the subject in sight', action: () => change({focus: null}),
  });
  const element = h('div', {}, way.element, shown.element, zoom.element,
    h('div', {class: 'sb-panel-actions'}, swap, auto));

  return {element, update(/** @type {Shot} */ shot) {
    ({id} = shot);
    put(element, 'hidden', shot.kind !== 'image' || !shot.picture);
    const {framing} = shot, what = windowOf(shot);
    const crops = (shot.fit || state.story.settings.fit) === 'cover';
    const able = engineOf(shot.engine).framing !== false;
    way.update(framing ? 'parts' : 'move', {
      options: [{value: 'move', label: 'Its move'}, {
        value: 'parts', label: 'From one part to another',
        reason: able || framing ? '' : 'The engine cannot',
      }],
      hint: framing && !able ? 'This engine cannot: choose another, or the move' : '',
    });
    const windows = framing ? [['begin', 'Begin'], ['end', 'End']] : [];
    shown.update(what, {
      options: [['', 'Result'], ...(crops ? [['crop', 'Whole picture']] : []), ...windows]
        .map(([value, label]) => ({value, label})),
      hint: what === 'crop' ? 'Drag what is seen of it'
        : what && 'Drag the window; scroll, pinch, or plus and minus zoom',
    });
    put(zoom.element, 'hidden', !framing || !['begin', 'end'].includes(what));
    if (framing) zoom.update(framing[what === 'end' ? 1 : 0].zoom);
    put(swap, 'hidden', !framing);
    put(auto, 'hidden', !shot.focus || !crops);
  }};
}
