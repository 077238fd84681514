/* Where a popover of the bar opens. */

/** Above its button, as far to the right as the page allows.
 * @param {HTMLElement} box
 * @param {HTMLElement} opener */
export function openAbove(box, opener) {
  box.addEventListener('toggle', event => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'open') return;
    const at = opener.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${Math.max(8, at.top - box.offsetHeight - 6)}px`;
  });
}
