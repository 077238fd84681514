/* Prompts as text: one line for each shot, or a CSV with a column `prompt` and, where it is to be said
   which is meant, one called `shot` with its number. */

/** `n` is which shot is meant, from 1. @typedef {{n: number, prompt: string}} PromptLine */

/** The prompts in a text; an empty line leaves its shot as it is.
 * @type {(text: string) => PromptLine[]} */
export function promptLines(text) {
  const plain = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const [first] = plain.split('\n', 1);
  const comma = [',', ';', '\t'].reduce((best, mark) => (
    first.split(mark).length > first.split(best).length ? mark : best));
  const names = (rowsOf(`${first}\n`, comma)[0] || []).map(name => name.trim().toLowerCase());
  const column = names.indexOf('prompt'), number = names.indexOf('shot');
  /** @type {[n: number, prompt: string][]} */
  const lines = column < 0 ? plain.split('\n').map((line, i) => [i + 1, line])
    : rowsOf(plain, comma).slice(1).map((row, i) => (
      [number < 0 ? i + 1 : Number(row[number]), row[column] || '']));
  return lines.map(([n, prompt]) => ({n, prompt: prompt.trim().replace(/\s*\n\s*/g, ' ')}))
    .filter(({n, prompt}) => prompt && Number.isInteger(n) && n > 0);
}

/** The cells of a CSV: in quotes one may hold the comma, lines and, doubled, quotes.
 * @type {(text: string, comma: string) => string[][]} */
function rowsOf(text, comma) {
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let cell = '', quoted = false;
  for (let i = 0; i < text.length; i++) {
    const mark = text[i];
    if (quoted) {
      if (mark !== '"') cell += mark;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (mark === '"' && !cell.trim()) {
      quoted = true;
      cell = '';
    } else if (mark === comma || mark === '\n') {
      row.push(cell);
      cell = '';
      if (mark === '\n') {
        rows.push(row);
        row = [];
      }
    } else cell += mark;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}
