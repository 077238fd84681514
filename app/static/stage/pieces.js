/* What the player plays, piece by piece: a clip where the part is rendered, and else the part. */

const AROUND_S = 1;  // of the neighbours, about a transition

/** A stretch of the story that is seen in one piece; `url` is null where it is not rendered.
 * @typedef {{part: TimedPart, url: string | null, start: number, end: number}} Piece */

/** The pieces of all parts, in order. A part is played from its clips only where all of them are
    there: as many frames as it has, and none that a browser could not load.
 * @param {TimedPart[]} parts
 * @param {{clipsOf: (owner: string) => Clip[], broken: Set<string>, fps: number}} given
 * @returns {Piece[]} */
export function lay(parts, {clipsOf, broken, fps}) {
  return parts.flatMap(part => {
    const made = clipsOf(part.owner);
    const frames = made.reduce((sum, clip) => sum + clip.frames, 0);
    if (frames !== part.frames || made.some(clip => broken.has(clip.url))) {
      return [{part, url: null, start: part.start, end: part.end}];
    }
    let start = part.start;
    return made.map(({url, frames: count}) => {
      const piece = {part, url, start, end: start + count / fps};
      start = piece.end;
      return piece;
    });
  });
}

/** The piece that is seen at `time`; the last one at the end.
 * @param {Piece[]} pieces
 * @param {number} time */
export const pieceAt = (pieces, time) => (
  pieces.find(piece => time < piece.end - 1e-6) || pieces.at(-1) || null);

/** What is played of the story, and where it is first seen: all of it, the part of `owner`, or a
    transition with a second around it, unless it is played `alone`.
 * @param {TimedPart[]} parts
 * @param {string} owner '' for all
 * @param {boolean} [alone]
 * @returns {{from: number, to: number, first: number}} */
export function rangeOf(parts, owner, alone = false) {
  /** @param {string} name */
  const find = name => parts.find(part => part.owner === name);
  const whole = {from: 0, to: parts.length ? parts.at(-1).end : 0, first: 0};
  if (!owner) return whole;
  const part = find(owner);
  if (part && (alone || part.kind === 'shot')) {
    return {from: part.start, to: part.end, first: part.start};
  }
  const [left, right] = owner.split('>').map(find);
  if (!left || !right) return whole;
  return {
    from: Math.max(left.start, left.end - AROUND_S),
    to: Math.min(right.end, right.start + AROUND_S),
    first: left.end,
  };
}
