import { stripVTControlCharacters } from 'node:util';
import type { TerminalSize } from '../../output/terminal-size.ts';

/** What is written to. */
export interface ScreenOutput {
  write(text: string): unknown;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Long lines are cut off and not continued below. */
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';
/** Terminals that know this show what is between the two at once; others ignore it. */
const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** A picture at the end of what a terminal shows, which is drawn over again. Only lines that differ are written. */
export class Screen {
  readonly #output: ScreenOutput;
  readonly #size: () => TerminalSize;
  #drawn: readonly string[] = [];
  #columns = 0;

  constructor(output: ScreenOutput, size: () => TerminalSize) {
    this.#output = output;
    this.#size = size;
  }

  /** Shows these lines in place of the ones before. */
  draw(lines: readonly string[]): void {
    const { columns } = this.#size();
    const before = columns === this.#columns ? this.#drawn : [];
    const update = lines.map((line, index) => (line === before[index] ? '' : `\r${line}${CLEAR_LINE_END}`)).join('\n');
    const rest = lines.length < this.#drawn.length || before !== this.#drawn ? CLEAR_BELOW : '';
    if (update.replaceAll('\n', '') !== '' || rest !== '') {
      const start = this.#drawn.length === 0 ? HIDE_CURSOR : '';
      this.#output.write(
        `${BEGIN_UPDATE}${start}${NO_WRAP}${this.#toTop(columns)}${update}\n${rest}${WRAP}${END_UPDATE}`,
      );
    }
    this.#drawn = lines;
    this.#columns = columns;
  }

  /** Leaves the picture where it is and gives the cursor back. */
  leave(): void {
    if (this.#drawn.length > 0) this.#output.write(SHOW_CURSOR);
    this.#drawn = [];
  }

  /** To the first line of the picture. A terminal that got narrower has broken its lines into several. */
  #toTop(columns: number): string {
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleLength(line) / columns)), 0);
    return rows === 0 ? '' : `\r\x1b[${rows}A`;
  }
}

function visibleLength(line: string): number {
  return Array.from(stripVTControlCharacters(line)).length;
}
