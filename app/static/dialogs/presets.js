/* Where films go: each with the form, the size and the rate that are usual there. The story's own
   settings stay as they are. */

/** @typedef {{name: string, title: string, format: string, wish: Wish}} Preset */

/** @type {(width: number, height: number) => Wish} */
const final = (width, height) => ({width, height, quality: 'final'});

/** @type {Preset[]} */
export const PRESETS = [
  {name: 'vertical', title: 'Reels, TikTok, Shorts', format: 'mp4', wish: final(1080, 1920)},
  {name: 'hd', title: 'YouTube 1080p', format: 'mp4', wish: final(1920, 1080)},
  {name: '4k', title: 'YouTube 4K', format: 'mp4', wish: final(3840, 2160)},
  {name: 'square', title: 'Square', format: 'mp4', wish: final(1080, 1080)},
  {name: 'cinema', title: '21:9', format: 'mp4', wish: final(2560, 1080)},
  {name: 'small', title: 'Small GIF', format: 'gif', wish: {max_width: 480, max_fps: 12, quality: 'draft'}},
  {name: 'review', title: 'Review draft', format: 'mp4', wish: {quality: 'draft'}},
  {name: 'prores', title: 'ProRes', format: 'mov', wish: {quality: 'final'}},
];
