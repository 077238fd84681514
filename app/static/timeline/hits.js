/* What a search finds in a story: shots by their title and prompt, transitions by their prompt. */

/** Every word has to be there, in any order and case.
 * @type {(story: Story, words: string) => string[]} the owners, in the story's order */
export function hits({shots, edges}, words) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  /** @param {string[]} texts */
  const fits = (...texts) => wanted.every(word => plain(texts.join(' ')).includes(word));
  return shots.flatMap((shot, i) => {
    const edge = edges[i];
    return [
      ...(fits(shot.title, shot.prompt) ? [shot.id] : []),
      ...(edge && fits(edge.prompt) ? [edge.owner] : []),
    ];
  });
}

/** Without case and accents, so that `cafe` finds `Café`.
 * @param {string} text */
const plain = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
