/* What stands in for a part that is not rendered, drawn here: a shot's picture with its camera move
   in outline, its video, a card with its words, a cross-fade for a transition. */
import {h} from '../kit/dom.js';
import {heldCaption, strengthOf} from '../store/captions.js';
import {focusOf} from '../store/crops.js';
import {secondAt} from '../store/footage.js';
import {framedAt} from '../store/framing.js';
import {shotOf, state} from '../store/store.js';
import {makeFootageVideo} from './footage_video.js';

/** `onLoad` is told when a picture has come, or never will; `duration` gives the story's, seconds.
 * @param {{onLoad: () => void, duration: () => number}} given */
export function makeSketch({onLoad, duration}) {
  const canvas = h('canvas', {class: 'sb-layer', 'aria-hidden': 'true'});
  const context = canvas.getContext('2d');
  const spare = h('canvas'), upright = h('canvas');
  const footage = makeFootageVideo(onLoad);
  /** @type {Map<string, HTMLImageElement>} */
  const pictures = new Map();
  const PICTURES = 24;  // kept; a story may have hundreds
  const SIDE = 1280;
  const WITHIN_S = 0.005;  // a frame, rather than on its border
  // How far a whole move of strength 1 goes: in frame sizes, as a logarithm, in radians.
  const SLIDE = 0.07, ZOOM = 0.16, TURN = 0.09;

  /** @param {string} url */
  function picture(url) {
    let image = pictures.get(url);
    if (!image) {
      image = new Image();
      image.onload = image.onerror = onLoad;
      image.src = url;
      pictures.set(url, image);
      if (pictures.size > PICTURES) pictures.delete(pictures.keys().next().value);
    }
    return image;
  }

  /** Whether the part's pictures have come, or never will; asks for them.
   * @param {TimedPart} part */
  function has(part) {
    const shots = part.owner.split('>').map(shotOf);
    for (const shot of shots) footage.prepare(shot.id, shot.footage?.file);
    const seen = shots.flatMap(shot => [shot.picture,
      ...part.kind === 'edge' ? [] : shot.captions.map(caption => caption.lettering)]);
    return seen.filter(Boolean).map(picture).every(image => image.complete);
  }

  /** How the picture lies when `done` 0..1 of the move is over. It never shows what lies beyond the
      picture's border.
   * @type {(camera: string, strength: number, done: number)
   *   => {zoom: number, x: number, y: number, turn: number}} */
  const pose = (camera, strength, done) => {
    const pace = (1 - Math.cos(Math.PI * done)) / 2 - 0.5;  // -0.5 … 0.5, from rest to rest
    const slide = 2 * SLIDE * strength * pace, half = SLIDE * strength;
    const turn = 2 * TURN * strength * pace;
    switch (camera) {
      case 'still': return {zoom: 1, x: 0, y: 0, turn: 0};
      case 'zoom-out': case 'dolly-out':
        return {zoom: Math.exp(ZOOM * strength * (0.5 - pace)), x: 0, y: 0, turn: 0};
      case 'pan-left': return {zoom: 1 + 2 * half, x: slide, y: 0, turn: 0};
      case 'pan-right': return {zoom: 1 + 2 * half, x: -slide, y: 0, turn: 0};
      case 'tilt-up': return {zoom: 1 + 2 * half, x: 0, y: slide, turn: 0};
      case 'tilt-down': return {zoom: 1 + 2 * half, x: 0, y: -slide, turn: 0};
      case 'roll-left': case 'roll-right': {
        const long = Math.max(canvas.width, canvas.height) / Math.min(canvas.width, canvas.height);
        const most = TURN * strength;
        const zoom = Math.cos(most) + long * Math.sin(most);
        return {zoom, x: 0, y: 0, turn: camera === 'roll-left' ? turn : -turn};
      }
      default: return {zoom: Math.exp(ZOOM * strength * (0.5 + pace)), x: 0, y: 0, turn: 0};
    }
  };

  /** How a picture lies when the camera goes from one part of it to another.
   * @type {(framing: [Framing, Framing], done: number) => ReturnType<typeof pose>} */
  const poseOf = (framing, done) => {
    const {x, y, zoom} = framedAt(framing, (1 - Math.cos(Math.PI * done)) / 2);
    return {zoom, x: (0.5 - x) * zoom, y: (0.5 - y) * zoom, turn: 0};
  };

  /** What a video's shot shows `into` it, or what it shows first until that is there.
   * @type {(shot: Shot, into: number, rate: number) => CanvasImageSource | null} */
  const moving = (shot, into, rate) => {
    const {footage: shown, turn, flip_horizontal: mirrored, flip_vertical: upset} = shot;
    const runs = shown.freeze || shown.reverse || into >= shot.video_s ? 0 : rate * shown.speed;
    const within = shown.reverse ? -WITHIN_S : WITHIN_S;
    const second = secondAt(shown, into, shot.past_end === 'loop') + within;
    const last = shown.file_s - WITHIN_S;
    const video = footage.at(shot.id, shown.file, Math.max(0, Math.min(second, last)), runs);
    if (!video || !(turn || mirrored || upset)) return video;
    const {videoWidth: width, videoHeight: height} = video, lies = turn % 180 !== 0;
    [upright.width, upright.height] = lies ? [height, width] : [width, height];
    const brush = upright.getContext('2d');
    brush.translate(upright.width / 2, upright.height / 2);
    brush.scale(mirrored ? -1 : 1, upset ? -1 : 1);
    brush.rotate(turn * Math.PI / 180);
    brush.drawImage(video, -width / 2, -height / 2);
    return upright;
  };

  /** `into` it by so many seconds, a `done` part of it. `window`: which part of it is moved; then it
      stands still, and is whole for a crop.
   * @type {(shot: Shot, done: number, into: number, rate?: number, window?: string) => void} */
  const scene = (shot, done, into, rate = 0, window = '') => {
    const {width, height} = canvas;
    context.fillStyle = shot.colour || '#000';
    context.fillRect(0, 0, width, height);
    const still = shot.picture && picture(shot.picture);
    const image = (shot.footage && moving(shot, into, rate)) || still;
    if (!image || !sizeOf(image)[0]) return;
    const {zoom, x, y, turn} = shot.kind !== 'image' || window ? pose('still', 1, 0)
      : shot.framing ? poseOf(shot.framing, done) : pose(shot.camera, shot.strength, done);
    context.save();
    context.translate(width * (0.5 + x), height * (0.5 + y));
    context.rotate(turn);
    context.scale(zoom, zoom);
    const fit = shot.fit || state.story.settings.fit;
    if (fit === 'blur') {
      context.filter = `blur(${Math.round(width / 40)}px)`;
      place(image, 'cover', 1.1);
      context.filter = 'none';
    }
    place(image, fit === 'cover' && window !== 'crop' ? 'cover' : 'contain', 1, focusOf(shot));
    context.restore();
  };

  /** Width and height in pixels.
   * @type {(image: any) => [number, number]} */
  const sizeOf = image => [
    image.naturalWidth ?? image.videoWidth ?? image.width,
    image.naturalHeight ?? image.videoHeight ?? image.height,
  ];

  /** The picture in the middle of the frame; what stands over is cut around `focus`.
   * @type {(image: CanvasImageSource, fit: string, more: number, focus?: number[]) => void} */
  const place = (image, fit, more, [across, down] = [0.5, 0.5]) => {
    const {width, height} = canvas, [wide, high] = sizeOf(image);
    const scales = [width / wide, height / high];
    const scale = (fit === 'cover' ? Math.max(...scales) : Math.min(...scales)) * more;
    const w = wide * scale, tall = high * scale;
    /** @type {(size: number, frame: number, at: number) => number} */
    const over = (size, frame, at) => (size > frame ? (frame - size) * at : (frame - size) / 2);
    context.drawImage(image, over(w, width, across) - width / 2,
      over(tall, height, down) - height / 2, w, tall);
  };

  /** A shot's captions, as the server draws them into the film; one that is held, where it is.
   * @type {(shot: Shot, seen: (caption: Caption) => number) => void} */
  const words = ({id, captions}, seen) => {
    const {width, height} = canvas, held = heldCaption();
    captions.forEach((caption, index) => {
      const moved = held && held.id === id && held.index === index;
      const strength = moved ? 1 : seen(caption);
      const image = strength && caption.lettering && picture(caption.lettering);
      if (!image || !image.naturalWidth) return;
      context.save();
      context.globalAlpha = strength;
      if (moved) {
        const {x, y, w, h: high} = held.box;
        const [across, down] = [(x + w / 2) * width, (y + high / 2) * height];
        context.translate(across + held.x * width, down + held.y * height);
        context.scale(held.scale, held.scale);
        context.translate(-across, -down);
      }
      context.drawImage(image, 0, 0, width, height);
      context.restore();
    });
  };

  function resize() {
    const {width, height} = state.story.settings;
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const sizes = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width === sizes[0] && canvas.height === sizes[1]) return;
    [canvas.width, canvas.height] = sizes;
  }

  /** Draw the story's `part` as it is at `time`; as a `poster` without the fade from black, `lit`
      with the words that come first, and where a `window` over it is moved the picture alone. With
      a `rate` it is played.
   * @type {(part: TimedPart, time: number,
   *   how: {poster: boolean, lit: boolean, window: string, rate: number}) => void} */
  const draw = (part, time, {poster, lit, window, rate}) => {
    resize();
    const length = part.end - part.start, into = time - part.start, done = into / length;
    if (part.kind === 'edge') {
      const [left, right] = part.owner.split('>').map(shotOf);
      footage.rest();
      scene(right, 0, 0);
      [spare.width, spare.height] = [canvas.width, canvas.height];
      spare.getContext('2d').drawImage(canvas, 0, 0);
      scene(left, 1, left.duration_s);
      context.globalAlpha = done;
      context.drawImage(spare, 0, 0);
      context.globalAlpha = 1;
      return;
    }
    const shot = shotOf(part.owner);
    footage.rest(shot.id);
    scene(shot, done, into, rate, window);
    if (window) return;
    words(shot, caption => ((lit || poster) && !caption.from_s ? 1 : strengthOf(caption, length, into)));
    if (!poster) darken(time);
  };

  /** The story's own fades from and to black.
   * @param {number} time */
  function darken(time) {
    const {fade_in_s: first, fade_out_s: last} = state.story.settings;
    const light = Math.min(1, first ? time / first : 1,
      last ? (duration() - time) / last : 1);
    context.fillStyle = `rgb(0 0 0 / ${1 - light})`;
    if (light < 1) context.fillRect(0, 0, canvas.width, canvas.height);
  }

  return {element: canvas, draw, has, rest: footage.rest};
}
