/* The looks of transitions as icons. */

/** @type {Record<string, string>} */
const LOOKS = {
  auto: 'spark', morph: 'wave', push: 'move-in', pull: 'move-out', travel: 'right',
  'whip-pan': 'swap', 'whip-tilt': 'move-up', spin: 'roll-right', 'match-zoom': 'dolly-in',
  drift: 'wave', 'film-dissolve': 'dissolve', dissolve: 'dissolve', fade: 'dissolve',
  spherical: 'dissolve', linear: 'dissolve', glow: 'glow', iris: 'iris', reveal: 'wipe',
  'wipe-left': 'wipe', 'wipe-right': 'wipe', 'wipe-up': 'wipe', 'wipe-down': 'wipe', cut: 'cut',
  'dip-to-black': 'dip', 'dip-to-white': 'dip', 'slide-left': 'left', 'slide-right': 'right',
  'slide-up': 'move-up', 'slide-down': 'move-down',
};

/** The icon of a style; one that is not known moves somehow.
 * @param {string} style */
export const lookIcon = style => LOOKS[style] || 'wave';
