/* The shape of a new story: asked for on the empty stage, and proposed when the first pictures have
   another. */
import {button, h, put} from '../kit/dom.js';
import {onDraw, send, state} from '../store/store.js';

/** Where such films are seen. @type {Record<string, string>} */
const SEEN = {
  '16:9': 'YouTube, television', '9:16': 'Reels, TikTok, Shorts', '1:1': 'Feeds',
  '4:5': 'Feeds, tall', '4:3': 'Classic', '21:9': 'Cinema',
};
const NEAR = 0.04, ICON = [46, 32];  // pixels, at most

/** A size for each shape: the first that the catalogue has of it. */
function shapes() {
  /** @type {Map<string, {name: string, width: number, height: number}>} */
  const found = new Map();
  for (const {label, width, height} of state.catalogue.sizes) {
    const name = label.split(',')[0];
    if (!found.has(name)) found.set(name, {name, width, height});
  }
  return [...found.values()];
}

/** How far apart two proportions are.
 * @type {(a: number, b: number) => number} */
const apart = (a, b) => Math.abs(Math.log(a / b));
/** @param {number} ratio */
const nearest = ratio => shapes().reduce((a, b) => (
  apart(b.width / b.height, ratio) < apart(a.width / a.height, ratio) ? b : a));
const present = () => {
  const {width, height} = state.story.settings, shape = nearest(width / height);
  return apart(shape.width / shape.height, width / height) < NEAR ? shape.name : '';
};

let chosen = '';  // the story whose shape was: no other is proposed for it
/** @param {string} name */
function take(name) {
  chosen = state.story.story;
  if (name === present()) return;
  const {width, height} = shapes().find(shape => shape.name === name);
  send('set_settings', {fields: {width, height}});
}

/** The question, for the empty stage. */
export function shapeChoice() {
  const element = h('div', {class: 'sb-shapes', role: 'group', 'aria-label': 'Shape of the film'});
  onDraw(({story, catalogue}) => {
    if (!catalogue || story.shots.length) return;
    if (!element.children.length) {
      element.append(...shapes().map(({name, width, height}) => {
        const scale = Math.min(ICON[0] / width, ICON[1] / height);
        return h('button', {
          type: 'button', class: 'sb-shape', 'data-shape': name, onclick: () => take(name),
        }, h('i', {style: `width: ${width * scale}px; height: ${height * scale}px`}),
        h('b', {}, name), h('small', {}, SEEN[name] || ''));
      }));
    }
    const now = present();
    for (const one of element.children) {
      one.setAttribute('aria-pressed', String(/** @type {HTMLElement} */ (one).dataset.shape === now));
    }
  });
  return element;
}

/** Another shape, where most of the first pictures of a story have one.
 * @param {HTMLElement} frame the stage's */
export function shapeProposal(frame) {
  const words = h('span');
  let offered = '';  // the story and the shape
  const yes = button('Use it', {action: () => {
    take(offered.split(' ')[1]);
    offered = '';
    draw();
  }});
  const no = button('Keep', {kind: 'quiet', action: () => {
    offered = '';
    draw();
  }});
  const element = h('div', {class: 'sb-proposal', role: 'status', hidden: true}, words, yes, no);
  frame.append(element);
  let empty = '';  // the story that has no shots yet

  function draw() {
    const {story} = state, [of, shape] = offered.split(' ');
    put(element, 'hidden', of !== story.story || !story.shots.length || shape === present());
    put(words, 'textContent', `Most pictures are nearer to ${shape}`);
    put(yes.lastChild, 'textContent', `Make the film ${shape}`);
    put(no.lastChild, 'textContent', `Keep ${present() || 'its shape'}`);
  }

  onDraw(({story, catalogue}) => {
    if (!catalogue) return;
    const first = empty === story.story && story.shots.some(shot => shot.picture);
    if (!story.shots.length) empty = story.story;
    else if (first || empty !== story.story) empty = '';
    if (first && chosen !== story.story && !story.template) propose(story);
    draw();
  });

  /** @param {Story} story */
  async function propose({story, shots}) {
    const ratios = await Promise.all(shots.map(shot => shot.thumb).filter(Boolean).slice(0, 24).map(ratioOf));
    /** @type {Map<string, number>} */
    const votes = new Map();
    for (const ratio of ratios.filter(Boolean)) {
      const {name} = nearest(ratio);
      votes.set(name, (votes.get(name) || 0) + 1);
    }
    const [best] = [...votes].sort((a, b) => b[1] - a[1]);
    if (!best || state.story.story !== story || 2 * best[1] <= ratios.length) return;
    offered = `${story} ${best[0]}`;
    draw();
  }
}

/** Of a picture, width by height; 0 for one that does not come.
 * @type {(url: string) => Promise<number>} */
const ratioOf = url => new Promise(resolve => {
  const image = new Image();
  image.onload = () => resolve(image.naturalWidth / image.naturalHeight);
  image.onerror = () => resolve(0);
  image.src = url;
});
