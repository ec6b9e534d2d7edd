import { stripVTControlCharacters } from 'node:util';
import type { Paint } from './paint.ts';

/** A cell: its text, and how to colour it once it has been padded. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/** A Markdown table. Columns are as wide as their content, whatever the width of the terminal. */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const widths = head.map((title, column) =>
    Math.max(3, widthOf(title), ...rows.map((row) => widthOf(plain(row[column] ?? '')))),
  );
  const padded = (row: readonly Cell[], first: (text: string) => string): string => {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? '';
      const text = plain(cell).padEnd(width + plain(cell).length - widthOf(plain(cell)));
      if (typeof cell !== 'string') return cell.paint(text);
      return column === 0 ? first(text) : text;
    });
    return `| ${cells.join(' | ')} |`;
  };
  return [
    `| ${head.map((title, column) => paint('blue', centre(title, widths[column] ?? 0))).join(' | ')} |`,
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map((row) => padded(row, (text) => paint('green', text))),
  ];
}

/** Columns without borders, for the inside of other layouts. */
export function formatColumns(rows: readonly (readonly Cell[])[], separator = '  '): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => widthOf(plain(row[column] ?? '')))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const text = column === row.length - 1 ? plain(cell) : plain(cell).padEnd(widths[column] ?? 0);
        return typeof cell === 'string' ? text : cell.paint(text);
      })
      .join(separator),
  );
}

function plain(cell: Cell): string {
  return oneLine(typeof cell === 'string' ? cell : cell.text);
}

/** Text from elsewhere must neither break a layout nor command the terminal. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

function centre(text: string, width: number): string {
  const left = Math.floor((width - widthOf(text)) / 2);
  return `${' '.repeat(Math.max(0, left))}${text}`.padEnd(width);
}
