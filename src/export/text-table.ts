export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const GAP = '  ';

/** Rows under aligned titles and a rule. The first column gives way, with an ellipsis, until the table fits `width`. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const total = widths.reduce((sum, w) => sum + w, GAP.length * (columns.length - 1));
  widths[0] = Math.max(8, Math.min(widths[0], widths[0] - (total - width)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(shorten(cell, widths[i]), widths[i], columns[i].align))
      .join(GAP)
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, w) => sum + w, GAP.length * (columns.length - 1)));
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)];
}

/** `text` cut to `length` characters, with an ellipsis for what is missing. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** `title`, then the items, separated by commas, broken at `width` and indented under the first item. */
export function wrappedList(title: string, items: readonly string[], width: number): string[] {
  const indent = ' '.repeat(title.length);
  const lines: string[] = [];
  let line = title;
  items.forEach((item, i) => {
    const piece = i < items.length - 1 ? `${item},` : item;
    const isFirst = line === title || line === indent;
    if (!isFirst && line.length + 1 + piece.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line === title || line === indent ? piece : ` ${piece}`;
  });
  return [...lines, line].map((text) => text.trimEnd());
}

/** Text broken between words at `width`, further lines indented by two. A longer word stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const isFull = line.trim() !== '' && line.length + 1 + word.length > width;
    if (isFull) lines.push(line);
    line = line === '' ? word : isFull ? `  ${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}
