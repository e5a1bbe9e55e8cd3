// Lines of a table whose columns are as wide as what is in them. Pure.
import { styleText } from 'node:util';

/** A heading and a line for each row. Nothing is cut unless `width` says so; the last column is not padded. */
export function inColumns(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const widths = heading.map((name, at) =>
    rows.reduce((widest, row) => Math.max(widest, lengthOf(row[at] ?? '')), lengthOf(name)),
  );
  const line = (row: readonly string[]) =>
    cut(
      row.map((text, at) => (at === widths.length - 1 ? text : padTo(text, widths[at]!))).join('  '),
      width,
    ).trimEnd();
  const first = line(heading);
  return [color ? styleText('bold', first, { validateStream: false }) : first, ...rows.map(line)];
}

/** By code points: half of one would be no text. */
export function cut(text: string, width: number): string {
  const points = [...text];
  return points.length <= width ? text : `${points.slice(0, Math.max(width - 1, 0)).join('')}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}

function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}
