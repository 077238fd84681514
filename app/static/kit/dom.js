/* Elements. Text goes in as text, never as markup. */
import {icon} from './icons.js';

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

/* A button that cannot be used stays in reach, so that its reason can be read. */
export function refuse(element, reason) {
  attr(element, 'aria-disabled', reason ? 'true' : 'false');
  put(element, 'title', reason || element.dataset.title || '');
}

/* Set only what differs: a video or a focused field must not be touched by every drawing. */
export function put(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

export function attr(element, name, value) {
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
