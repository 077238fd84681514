/* How the colours of an extended shot wander off, as a curve over its time: what is still unseen lies
   below the dashed line, and a cut is marked where the curve leaves it for good. */
import {attr, h, put} from '../kit/dom.js';
import {seconds} from '../kit/words.js';

export function driftCurve() {
  const SVG = 'http://www.w3.org/2000/svg', WIDTH = 300, HEIGHT = 64;

  /** @type {(name: string, kind: string) => SVGElement} */
  const part = (name, kind) => {
    const element = document.createElementNS(SVG, name);
    element.setAttribute('class', kind);
    element.setAttribute('vector-effect', 'non-scaling-stroke');
    return element;
  };
  /** @type {(line: SVGElement, from: [number, number], to: [number, number]) => void} */
  const draw = (line, from, to) => {
    [from, to].forEach(([x, y], i) => {
      attr(line, `x${i + 1}`, x);
      attr(line, `y${i + 1}`, y);
    });
  };
  const svg = part('svg', 'sb-drift');
  attr(svg, 'viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  attr(svg, 'preserveAspectRatio', 'none');
  attr(svg, 'role', 'img');
  const limit = part('line', 'sb-drift-limit'), line = part('polyline', 'sb-drift-line');
  const cut = part('line', 'sb-drift-cut');
  svg.append(limit, line, cut);
  const end = h('span'), mark = h('b');
  const element = h('figure', {class: 'sb-drift-of'}, svg,
    h('figcaption', {}, h('span', {}, 'Colour drift'), mark, end));

  /** @param {Drift | null} drift */
  function update(drift) {
    put(element, 'hidden', !drift);
    if (!drift) return;
    const {curve, limit: most, cut: at, step_s: step} = drift;
    const top = 1.15 * Math.max(most, ...curve), last = Math.max(1, curve.length - 1);
    /** @type {(n: number) => number} */
    const x = n => (n / last) * WIDTH;
    /** @type {(value: number) => number} */
    const y = value => HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    attr(line, 'points', curve.map((value, n) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(' '));
    draw(limit, [0, y(most)], [WIDTH, y(most)]);
    const marked = at !== null;
    cut.style.display = marked ? '' : 'none';
    if (marked) draw(cut, [x(at), 0], [x(at), HEIGHT]);
    const says = marked ? `Cut at ${seconds(at * step)}` : 'Stays below what is seen';
    put(mark, 'textContent', says);
    put(end, 'textContent', seconds(curve.length * step));
    attr(svg, 'aria-label', `Colour drift over ${seconds(curve.length * step)}, at most `
      + `${Math.max(...curve).toFixed(1)}, seen above ${most.toFixed(1)}. ${says}.`);
  }

  return {element, update};
}
