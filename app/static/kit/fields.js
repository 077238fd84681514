/* Labelled controls for the inspector. Each has `element` and `update(value, …)`, and calls
   `commit` with a new value. What is being typed is never overwritten by the server's answer. */
import {attr, h, put} from './dom.js';
import {icon} from './icons.js';

let count = 0;

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */
/** What a field says: why it is disabled, a line below it, and what stands in it while it is empty.
 * @typedef {{reason?: string, hint?: string, ghost?: string}} Said */

/**
 * @param {string} text
 * @param {Control} control
 * @param {{unit?: string}} [options] */
function labelled(text, control, {unit} = {}) {
  control.id = `sb-field-${++count}`;
  const note = h('div', {class: 'sb-hint', id: `${control.id}-hint`});
  control.setAttribute('aria-describedby', note.id);
  const box = unit ? h('div', {class: 'sb-unit'}, control, h('span', {}, unit)) : control;
  const element = h('div', {class: 'sb-field'}, h('label', {for: control.id}, text), box, note);
  return {element, note};
}

/** @type {(control: Control, note: HTMLElement, reason?: string, hint?: string) => void} */
const explain = (control, note, reason, hint) => {
  put(control, 'disabled', Boolean(reason));
  attr(control, 'title', reason || null);
  put(note, 'textContent', hint || '');
};

/**
 * @param {string} label
 * @param {{rows?: number, length?: number, placeholder?: string, commit: (value: string) => void}}
 *   options */
export function text(label, {rows = 1, length, placeholder = '', commit}) {
  const control = rows > 1 ? h('textarea', {rows}) : h('input', {type: 'text'});
  attr(control, 'maxlength', length);
  attr(control, 'placeholder', placeholder);
  const {element, note} = labelled(label, control);
  let known = '', timer = 0;
  const save = () => {
    clearTimeout(timer);
    if (control.value !== known) commit(known = control.value);
  };
  control.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(save, 700);
  });
  control.addEventListener('change', save);
  return {
    element, save,
    /** @type {(value: string, said?: Said) => void} */
    update(value, {reason, hint, ghost} = {}) {
      explain(control, note, reason, hint);
      if (ghost !== undefined) attr(control, 'placeholder', ghost);
      if (document.activeElement === control && control.value !== known) return;
      known = value;
      put(control, 'value', value);
    },
  };
}

/** `commit` gets a number between `min` and `max`; with a `step` of 1 a whole one.
 * @param {string} label
 * @param {{min?: number, max?: number, step?: number | 'any', unit?: string,
 *   commit: (value: number) => void}} options */
export function number(label, {min, max, step = 'any', unit, commit}) {
  const control = h('input', {type: 'number', min, max, step, inputmode: 'decimal'});
  const {element, note} = labelled(label, control, {unit});
  /** @type {number | null} */
  let known = null;
  const allowed = `allowed ${min} to ${max}`;
  // Empty stands for several values that differ, and so does null.
  const typed = () => (control.value === '' && !control.validity.badInput && known === null
    ? null : control.valueAsNumber);
  const wrong = () => {
    const value = typed();
    if (value === null) return false;
    return Number.isNaN(value) || value < min || value > max
      || (step === 1 && !Number.isInteger(value));
  };
  const save = () => {
    const bad = wrong();
    attr(control, 'aria-invalid', bad ? 'true' : null);
    put(note, 'textContent', bad ? allowed : '');
    if (!bad && typed() !== known) commit(known = typed());
  };
  control.addEventListener('change', save);
  control.addEventListener('keydown', event => event.key === 'Enter' && save());
  return {
    element, save,
    /** @type {(value: number | null, said?: Said) => void} */
    update(value, {reason, hint} = {}) {
      const refused = control.getAttribute('aria-invalid') === 'true';
      const typing = refused || typed() !== known;
      if (document.activeElement === control && typing) return;
      attr(control, 'aria-invalid', null);
      explain(control, note, reason, hint);
      known = value;
      put(control, 'value', value === null ? '' : String(Math.round(value * 1000) / 1000));
      attr(control, 'placeholder', value === null ? 'Mixed' : null);
    },
  };
}

/** A choice from a list.
 * @param {string} label
 * @param {{commit: (value: string) => void}} options */
export function select(label, {commit}) {
  const control = h('select');
  const {element, note} = labelled(label, control);
  let drawn = '';
  control.addEventListener('change', () => commit(control.value));
  return {
    element,
    /** @type {(value: string | number, said: Said & {options: Option[]}) => void} */
    update(value, {options, reason, hint}) {
      const key = JSON.stringify(options);
      if (key !== drawn) {
        drawn = key;
        control.replaceChildren(...options.map(option => h('option', {
          value: option.value, disabled: Boolean(option.reason), title: option.reason || null,
        }, option.reason ? `${option.label} (${option.reason})` : option.label)));
      }
      explain(control, note, reason, hint);
      put(control, 'value', String(value));
    },
  };
}

/** The options and, where it is none of them, the value that there is: a story file may hold any.
 * @type {(options: Option[], value: string, label: string) => Option[]} */
export const withPresent = (options, value, label) => (
  options.some(option => option.value === value) ? options : [...options, {value, label}]);

/** A choice of a few words side by side: radio buttons, so that the arrow keys work. With `face`,
    which draws an option, the words stand below a picture of it.
 * @param {string} label
 * @param {{commit: (value: string) => void, face?: ((option: Option) => Node) | null}} options */
export function chips(label, {commit, face = null}) {
  const box = h('div', {class: face ? 'sb-tiles' : 'sb-chips'});
  const note = h('div', {class: 'sb-hint'});
  const element = h('fieldset', {class: 'sb-field'}, h('legend', {}, label), box, note);
  const group = `sb-chips-${++count}`;
  let drawn = '';
  box.addEventListener('change', event => {
    commit(/** @type {HTMLInputElement} */ (event.target).value);
  });
  return {
    element,
    /** @type {(value: string, said: {options: Option[], hint?: string}) => void} */
    update(value, {options, hint}) {
      const key = JSON.stringify(options);
      if (key !== drawn) {
        drawn = key;
        box.replaceChildren(...options.map(option => h('label', {
          class: face ? 'sb-option' : 'sb-chip', title: option.reason || option.title || null,
        }, h('input', {
          type: 'radio', name: group, value: option.value, disabled: Boolean(option.reason),
        }), face && face(option), h('span', {}, option.label))));
      }
      put(note, 'textContent', hint || '');
      for (const radio of box.querySelectorAll('input')) {
        put(radio, 'checked', radio.value === value);
      }
    },
  };
}

/** A slider: `moved` is told of every step on the way, `commit` of the one that it was left at.
 * @param {string} label
 * @param {{min: number, max: number, step: number, commit: (value: number) => void,
 *   moved?: (value: number) => void}} options */
export function range(label, {min, max, step, commit, moved = () => {}}) {
  const control = h('input', {type: 'range', min, max, step});
  const shown = h('span');
  const {element, note} = labelled(label, control);
  element.querySelector('label').append(shown);
  /** @param {number} value */
  const say = value => put(shown, 'textContent', `${Math.round(value * 100)} %`);
  control.addEventListener('input', () => {
    say(control.valueAsNumber);
    moved(control.valueAsNumber);
  });
  control.addEventListener('change', () => commit(control.valueAsNumber));
  return {
    element,
    /** @type {(value: number, said?: Said) => void} */
    update(value, {reason, hint} = {}) {
      explain(control, note, reason, hint);
      if (control.matches(':active')) return;  // it is being dragged
      put(control, 'value', String(value));
      say(value);
    },
  };
}

/** Yes or no.
 * @param {string} label
 * @param {{commit: (value: boolean) => void}} options */
export function check(label, {commit}) {
  const control = h('input', {type: 'checkbox'});
  const element = h('label', {class: 'sb-check'}, control, h('span', {}, label));
  control.addEventListener('change', () => commit(control.checked));
  return {element, update: (/** @type {boolean} */ value) => put(control, 'checked', value)};
}

/** A button that opens the file dialog, reached and used by keyboard like any other.
 * @param {string} label
 * @param {{image: string, accept: string, multiple?: boolean, kind?: string,
 *   chosen: (files: File[]) => void}} options */
export function files(label, {image, accept, multiple = false, chosen, kind = ''}) {
  const input = h('input', {
    type: 'file', class: 'sb-hidden-input', accept, multiple, 'aria-label': label,
  });
  const element = h('label', {class: `sb-button sb-file ${kind}`},
    icon(image), h('span', {}, label), input);
  input.addEventListener('change', () => {
    const list = [...input.files];
    input.value = '';  // the same file can be chosen again
    if (list.length) chosen(list);
  });
  return element;
}
