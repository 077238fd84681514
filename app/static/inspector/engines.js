/* The engines to choose from, and what each can do. */
import {openDialog} from '../kit/dialog.js';
import {button, put} from '../kit/dom.js';
import * as fields from '../kit/fields.js';
import {state} from '../store/store.js';
import {moveTitle} from './tiles.js';

/** @param {string} name */
export const engineOf = name => state.catalogue.engines.find(engine => engine.name === name);

/** Engines to choose from for `task`, each with why it cannot do it.
 * @param {string} task */
export function engineOptions(task) {
  return state.catalogue.engines.map(({name, title, missing, tasks}) => ({
    value: name, label: title,
    reason: missing ? 'its weights are not here, see Models'
      : tasks.includes(task) ? '' : `cannot ${task}`,
  }));
}

/** @param {(name: string) => void} commit */
export function engineField(commit) {
  const choice = fields.select('Engine', {commit});
  const more = button('Get the weights of other engines', {
    image: 'models', kind: 'link', action: () => openDialog('models'),
  });
  choice.element.append(more);
  return {
    element: choice.element,
    /** @type {(value: string, options: Option[], hint?: string) => void} */
    update(value, options, hint) {
      choice.update(value, {options, hint});
      put(more, 'hidden', !state.catalogue.engines.some(engine => engine.missing));
    },
  };
}

/** The moves that an engine knows; where it lacks only some, those are shown, too.
 * @param {{title: string, cameras?: string[]}} used */
export function cameraOptions(used) {
  const few = used.cameras.length < 3;
  return state.catalogue.cameras.map(name => ({
    value: name, label: moveTitle(name),
    reason: used.cameras.includes(name) ? '' : `${used.title} has no such move`,
  })).filter(({reason}) => !few || !reason);
}
