import { plainText } from './ansi.ts';

/** A line of a log. */
export interface Line {
  readonly text: string;
  /** When it was printed, in ms since the epoch; 0 if that is not known. */
  readonly at: number;
  /** Who printed it, for a log of several tasks. */
  readonly task?: string | undefined;
  readonly error?: boolean | undefined;
}

const PAGE_LINES = 1_000;
const TAB = '        ';

/** Up to a thousand lines as one text, which costs a fraction of what as many strings do. */
interface Page {
  text: string;
  /** Where each line begins in the text, and where the last one ends. */
  readonly offsets: number[];
  readonly times: number[];
  readonly tasks: (string | undefined)[];
  readonly errors: boolean[];
  /** How many rows the lines take at the width that `rowsAt` was counted for. */
  rows: number;
  rowsAt: number;
}

/** Where a row of the screen is: a line, and which row of it. */
export interface RowPlace {
  readonly line: number;
  readonly row: number;
}

/**
 * The lines of a log as far as they have come, a million if need be. Whoever shows it is told of new ones once a frame.
 */
export class LogBook {
  readonly #pages: Page[] = [];
  readonly #watchers = new Set<() => void>();
  #size = 0;
  #version = 0;
  #announced = false;

  /** How many lines there are. */
  get size(): number {
    return this.#size;
  }

  /** Another number whenever there is something new. */
  get version(): number {
    return this.#version;
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  append(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    for (let at = 0; at < lines.length;) {
      const page = this.#pageWithRoom();
      const fitting = lines.slice(at, at + PAGE_LINES - page.times.length);
      addTo(page, fitting);
      at += fitting.length;
    }
    this.#size += lines.length;
    this.#announce();
  }

  line(index: number): Line | undefined {
    const page = this.#pages[Math.floor(index / PAGE_LINES)];
    const place = index % PAGE_LINES;
    const from = page?.offsets[place];
    const to = page?.offsets[place + 1];
    if (!page || from === undefined || to === undefined) return undefined;
    return {
      text: page.text.slice(from, to),
      at: page.times[place] ?? 0,
      task: page.tasks[place],
      error: page.errors[place],
    };
  }

  /** How many rows all lines take, with so many characters in a row; Infinity for lines that are not wrapped. */
  rows(columns: number): number {
    if (columns === Infinity) return this.#size;
    return this.#pages.reduce((sum, page) => sum + rowsOf(page, columns), 0);
  }

  /** Which line the row with this number belongs to. */
  placeOfRow(row: number, columns: number): RowPlace {
    if (columns === Infinity) return { line: row, row: 0 };
    let rest = row;
    for (const [index, page] of this.#pages.entries()) {
      const rows = rowsOf(page, columns);
      if (rest < rows) return placeInPage(page, index * PAGE_LINES, rest, columns);
      rest -= rows;
    }
    return { line: Math.max(0, this.#size - 1), row: 0 };
  }

  /** The number of the first row of a line. */
  rowOfLine(line: number, columns: number): number {
    if (columns === Infinity) return line;
    let row = 0;
    for (const [index, page] of this.#pages.entries()) {
      const first = index * PAGE_LINES;
      if (line >= first + page.times.length) row += rowsOf(page, columns);
      else
        return (
          row +
          Array.from({ length: line - first }, (_, at) => rowsOfLine(page, at, columns)).reduce((a, b) => a + b, 0)
        );
    }
    return row;
  }

  /** The lines with a text in them, in capital letters or small ones; yields between pages what it has found so far. */
  *find(text: string): Generator<readonly number[], void, undefined> {
    const wanted = text.toLowerCase();
    for (const [index, page] of this.#pages.entries()) {
      const found: number[] = [];
      if (page.text.toLowerCase().includes(wanted) || page.text.includes('\u001B')) {
        for (let at = 0; at < page.times.length; at += 1) {
          const line = page.text.slice(page.offsets[at], page.offsets[at + 1]);
          if (plainText(line).toLowerCase().includes(wanted)) found.push(index * PAGE_LINES + at);
        }
      }
      yield found;
    }
  }

  #pageWithRoom(): Page {
    const last = this.#pages.at(-1);
    if (last && last.times.length < PAGE_LINES) return last;
    const page: Page = { text: '', offsets: [0], times: [], tasks: [], errors: [], rows: 0, rowsAt: Infinity };
    this.#pages.push(page);
    return page;
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    requestAnimationFrame(() => {
      this.#announced = false;
      this.#version += 1;
      for (const watcher of this.#watchers) watcher();
    });
  }
}

function addTo(page: Page, lines: readonly Line[]): void {
  const texts = lines.map(({ text }) => text.replaceAll('\t', TAB));
  let end = page.text.length;
  for (const [index, { at, task, error = false }] of lines.entries()) {
    end += texts[index]?.length ?? 0;
    page.offsets.push(end);
    page.times.push(at);
    page.tasks.push(task);
    page.errors.push(error);
  }
  page.text += texts.join('');
  page.rowsAt = Infinity;
}

function rowsOf(page: Page, columns: number): number {
  if (page.rowsAt !== columns) {
    page.rows = page.times.reduce((sum, _time, at) => sum + rowsOfLine(page, at, columns), 0);
    page.rowsAt = columns;
  }
  return page.rows;
}

function rowsOfLine(page: Page, at: number, columns: number): number {
  const from = page.offsets[at] ?? 0;
  const to = page.offsets[at + 1] ?? from;
  if (to - from <= columns / 2) return 1;
  return Math.max(1, Math.ceil(widthOf(plainText(page.text.slice(from, to))) / columns));
}

/** In characters of a fixed width; those of East Asia and pictures take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) >= 0x11_00 ? 2 : 1;
  return width;
}

function placeInPage(page: Page, first: number, row: number, columns: number): RowPlace {
  let rest = row;
  for (let at = 0; at < page.times.length; at += 1) {
    const rows = rowsOfLine(page, at, columns);
    if (rest < rows) return { line: first + at, row: rest };
    rest -= rows;
  }
  return { line: first, row: 0 };
}
