/* What the badge on the stage says of the part that is seen. */

/** `title` is the part's, or the take's that is looked at instead (`take`); `rendered`: whether what is
    seen is a clip. Takes are drafts, whatever there is of the part itself.
 * @type {(seen: {title: string, take: boolean, named: boolean, rendered: boolean, missing?: string,
 *   standing: Standing, quality: string}) => [words: string, tone?: string]} */
export function badgeOf({title, take, named, rendered, missing, standing: {state, reason}, quality}) {
  if (missing) return [missing, 'bad'];
  if (state === 'failed' && !take) return [`Failed: ${reason}`, 'bad'];
  const notes = named || take || !rendered ? [title] : [];
  const draft = take ? quality !== 'draft' : !['ready', 'cut'].includes(state);
  if (!rendered) notes.push('not rendered');
  else if (notes.length && draft) notes.push('draft');
  return [notes.join(' · ')];
}
