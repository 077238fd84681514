/* Elements. Text goes in as text, never as markup. */
import {icon} from './icons.js';

/** An element with its attributes and children. `on…` is a listener; null and false leave an
    attribute out, as null does a child.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes]
 * @param {(string | Node | null)[]} children
 * @returns {HTMLElementTagNameMap[Tag]} */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child != null));
  return element;
}

/** A button that acts unless it is refused. `image` is an icon's name; without `text` it shows
    nothing else, and its label is read out and shown at the pointer.
 * @param {string} label
 * @param {{image?: string, action: (event: MouseEvent) => unknown, kind?: string, text?: boolean,
 *   keys?: string | null, [attribute: string]: any}} options */
export function button(label, {image, action, kind = '', text = true, keys = null, ...rest}) {
  const element = h('button', {
    type: 'button', class: `sb-button ${kind}`, 'aria-label': text ? null : label,
    title: text ? null : keys ? `${label} (${keys})` : label, 'aria-keyshortcuts': keys, ...rest,
  }, image ? icon(image) : null, text ? h('span', {}, label) : null);
  element.dataset.title = element.title;
  element.addEventListener('click', event => {
    if (element.getAttribute('aria-disabled') !== 'true') action(event);
  });
  return element;
}

/** A button that cannot be used stays in reach, so that its reason can be read; '' lets it be used.
 * @param {Element} element
 * @param {string} reason */
export function refuse(element, reason) {
  attr(element, 'aria-disabled', reason ? 'true' : 'false');
  put(element, 'title', reason || /** @type {HTMLElement} */ (element).dataset.title || '');
}

/** Set only what differs: a video or a focused field must not be touched by every drawing.
 * @param {any} element
 * @param {string} name
 * @param {unknown} value */
export function put(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

/** @type {(element: Element) => HTMLElement[]} */
export const childrenOf = element => Array.from(element.children, child => (
  /** @type {HTMLElement} */ (child)));

/** How far a bar is filled.
 * @param {Element} bar its only child is as wide as it is full
 * @param {number} percent */
export function setWidth(bar, percent) {
  /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${percent}%`;
}

/** Set an attribute, or remove it (null, false).
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value */
export function attr(element, name, value) {
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}
