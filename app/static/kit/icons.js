/* Icons: paths on a 24 x 24 grid, drawn with a round pen. */
const SVG = 'http://www.w3.org/2000/svg';
/** @type {Record<string, string>} */
const ICONS = {
  undo: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  redo: 'm15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3',
  left: 'M19 12H5m6-6-6 6 6 6',
  right: 'M5 12h14m-6-6 6 6-6 6',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  split: 'M12 3v18M8 8l-4 4 4 4M16 8l4 4-4 4',
  flip: 'M12 3v18M9 7 4 17h5zM15 7l5 10h-5z',
  'flip-over': 'M3 12h18M7 9 17 4v5zM7 15l10 5v-5z',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  add: 'M12 5v14M5 12h14',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  title: 'M5 6h14M12 6v13',
  history: 'M4 12a8 8 0 1 1 3 6.2M4 18v-5h5M12 8v4l3 2',
  share: 'M12 15V4m-4 4 4-4 4 4M5 12v8h14v-8',
  play: 'M8 5v14l11-7z',
  pause: 'M8 5v14M16 5v14',
  back: 'M18 6v12l-9-6zM6 6v12',
  forth: 'M6 6v12l9-6zM18 6v12',
  loop: 'm17 3 3 3-3 3M4 11V9a3 3 0 0 1 3-3h13M7 21l-3-3 3-3m13-2v2a3 3 0 0 1-3 3H4',
  sound: 'M4 10v4h3l5 4V6l-5 4zM16 9a4 4 0 0 1 0 6m2-9a8 8 0 0 1 0 12',
  mute: 'M4 10v4h3l5 4V6l-5 4zM16 10l4 4m0-4-4 4',
  fullscreen: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  download: 'M12 4v11m-5-4 5 5 5-5M5 20h14',
  check: 'm5 12 5 5 9-10',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  alert: 'M12 8v5m0 3h.01M12 3 2 20h20z',
  cut: 'M12 4v16',
  wave: 'M3 12c3-7 6-7 9 0s6 7 9 0',
  music: 'M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z'
    + 'M19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  solo: 'M4 14v-2a8 8 0 0 1 16 0v2M4 14h4v6H4zM16 14h4v6h-4z',
  beat: 'M9 4h6l4 16H5zM12 14l6-9M7 15h10',
  voice: 'M12 4a3 3 0 0 0-3 3v4a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v3',
  effects: 'M3 12h3l2-6 4 13 4-10 2 3h3',
  record: 'M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z',
  gauge: 'M12 14l4-5M4.6 18a9 9 0 1 1 14.8 0',
  settings: 'M4 7h9m5 0h2M4 17h3m5 0h8M15.5 4.5v5M9.5 14.5v5',
  help: 'M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2m0 3h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  theme: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  folder: 'M3 6h6l2 2h10v11H3z',
  leave: 'M10 4H4v16h6M9 12h11M16 8l4 4-4 4',
  models: 'M12 3 4 7v10l8 4 8-4V7zM4 7l8 4 8-4M12 11v10',
  down: 'm6 9 6 6 6-6',
  retry: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5',
  pencil: 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4',
  open: 'M4 20V6h6l2 2h8v3M4 20l3-9h14l-3 9z',
  close: 'M6 6l12 12M18 6 6 18',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9h4M4 15h4M16 9h4M16 15h4',
  dice: 'M4 4h16v16H4zM8.5 8.5h.4v.4h-.4zM15.1 8.5h.4v.4h-.4zM8.5 15.1h.4v.4h-.4z'
    + 'M15.1 15.1h.4v.4h-.4zM11.8 11.8h.4v.4h-.4z',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  unlock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.7-1.4',
  swap: 'M4 9h14l-4-4M20 15H6l4 4',
  spark: 'M12 4c.6 5 3 7.4 8 8-5 .6-7.4 3-8 8-.6-5-3-7.4-8-8 5-.6 7.4-3 8-8z',
  'move-still': 'M9 6v12M15 6v12',
  'move-up': 'M12 19V5m-6 6 6-6 6 6',
  'move-down': 'M12 5v14m-6-6 6 6 6-6',
  'move-in': 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  'move-out': 'M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5',
  'roll-left': 'M4 5v5h5M4.6 10a8 8 0 1 1 .4 5',
  'roll-right': 'M20 5v5h-5M19.4 10a8 8 0 1 0-.4 5',
  'dolly-in': 'm6 20 3-10m9 10-3-10M12 15V4m-4 4 4-4 4 4',
  'dolly-out': 'm6 20 3-10m9 10-3-10M12 4v11m-4-4 4 4 4-4',
  video: 'M4 6h11v12H4zM15 11l5-3v8l-5-3',
  samples: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  minus: 'M5 12h14',
  fit: 'M8 7l-5 5 5 5M16 7l5 5-5 5M3 12h18',
  grip: 'M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01',
  ring: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z',
  turn: 'M20 12a8 8 0 1 1-4-6.9',
  search: 'M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5 20 20',
  scenes: 'M4 6h16v12H4zM9.5 6v12M15 6v12',
  dissolve: 'M9 6a6 6 0 1 0 0 12A6 6 0 0 0 9 6zM15 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z',
  wipe: 'M4 5h16v14H4zM12 5v14M14.5 8v8M17 8v8',
  iris: 'M4 5h16v14H4zM12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  dip: 'M4 6h5l3 12 3-12h5',
  glow: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19'
    + 'M19 5l-1.4 1.4M6.4 17.6 5 19',
  marker: 'M6 21V4h12l-3 4 3 4H6',
  label: 'M4 5h9l7 7-7 7H4zM8.5 12h.01',
  board: 'M4 4h7v9H4zM13 4h7v9h-7zM4 16h16M4 20h10',
  list: 'M4 6h.01M8 6h12M4 12h.01M8 12h12M4 18h.01M8 18h12',
  strip: 'M3 7h7v10H3zM14 7h7v10h-7zM10 17l4-10',
};

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `sb-icon sb-icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
