/* What a hand is in the middle of can be broken off by a key. */

/** Call `act` at the Escape key, which then means nothing else, until `signal` is aborted; where there
    is a `when`, only while that holds.
 * @type {(act: () => void, given: {signal: AbortSignal, when?: () => unknown}) => void} */
export function onEscape(act, {signal, when = () => true}) {
  window.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !when()) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, {signal, capture: true});
}
