import type { LogLine } from '../../backends/logs/contract.ts';
import type { LogEntry } from '../../backends/scheduler/contract.ts';
import { decodeLine, NEWLINE, type StoredEntry } from './format.ts';
import { formatPosition, type Place, type Places } from './places.ts';

/** How many bytes of a line are held at most; what is longer is passed on in pieces. */
const LINE_LIMIT = 1024 * 1024;

/** A line of a stream that is not whole yet. */
interface OpenLine {
  /** What of it has not been passed on begins here. */
  place: Place;
  timestamp: string;
  parts: Buffer[];
  size: number;
}

/** Makes lines of the bytes of an attempt's log. */
export class LineReader {
  readonly #attempt: number;
  readonly #from: Places;
  readonly #open: { stdout?: OpenLine | undefined; stderr?: OpenLine | undefined } = {};
  /** The place of the first entry that was not read to its end, and what is known of it. */
  #start: number;
  #begun: Buffer = Buffer.alloc(0);

  constructor(attempt: number, from: Places) {
    this.#attempt = attempt;
    this.#from = from;
    this.#start = Math.min(from.stdout.start, from.stderr.start);
  }

  /** Where the bytes begin that it wants next. */
  get offset(): number {
    return this.#start + this.#begun.length;
  }

  /** Returns the lines that `bytes`, which begin at `offset`, complete. */
  push(bytes: Buffer): LogLine[] {
    const lines: LogLine[] = [];
    const all = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    let start = 0;
    for (let newline = all.indexOf(NEWLINE); newline >= 0; newline = all.indexOf(NEWLINE, start)) {
      const entry = decodeLine(all.subarray(start, newline));
      const line = entry && this.#add(entry, this.#start + start, this.#start + newline + 1);
      if (line) lines.push(line);
      start = newline + 1;
    }
    this.#start += start;
    this.#begun = all.subarray(start);
    return lines;
  }

  /** The lines that nobody will complete any more. */
  rest(): LogLine[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const open = this.#open[stream];
      this.#open[stream] = undefined;
      if (!open || open.size === 0) return [];
      return [this.#line(stream, open.timestamp, Buffer.concat(open.parts), false, this.#start)];
    });
  }

  /** Returns the line, or the piece of one, that the entry completes. */
  #add({ stream, timestamp, text, terminated }: StoredEntry, start: number, end: number): LogLine | undefined {
    const from = this.#from[stream];
    if (start < from.start) return undefined;
    const fresh = start === from.start ? text.subarray(from.skip) : text;
    const open = this.#open[stream];
    if (!open && terminated) return this.#line(stream, timestamp, fresh, true, end);
    const line = open ?? { place: { start, skip: text.length - fresh.length }, timestamp, parts: [], size: 0 };
    line.parts.push(fresh);
    line.size += fresh.length;
    if (terminated) {
      this.#open[stream] = undefined;
      return this.#line(stream, line.timestamp, Buffer.concat(line.parts), true, end);
    }
    this.#open[stream] = line;
    if (line.size < LINE_LIMIT || fresh.length <= MAX_CHARACTER) return undefined;
    const whole = Buffer.concat(line.parts);
    const cut = endOfCharacters(whole);
    const rest = whole.subarray(cut);
    // The last character may go on in the next entry: then what is left of this one begins with it.
    this.#open[stream] =
      rest.length === 0
        ? undefined
        : { place: { start, skip: text.length - rest.length }, timestamp, parts: [rest], size: rest.length };
    return this.#line(stream, line.timestamp, whole.subarray(0, cut), false, end);
  }

  #line(stream: LogEntry['stream'], timestamp: string, text: Buffer, terminated: boolean, end: number): LogLine {
    const behind = { start: end, skip: 0 };
    const position = formatPosition(this.#attempt, {
      stdout: this.#open.stdout?.place ?? behind,
      stderr: this.#open.stderr?.place ?? behind,
    });
    return { attempt: this.#attempt, stream, timestamp, text: text.toString(), terminated, position };
  }
}

/** The most bytes of a character. */
const MAX_CHARACTER = 4;

/** Where the last character ends that is not cut off by the end of the bytes. */
function endOfCharacters(bytes: Buffer): number {
  for (let back = 1; back < MAX_CHARACTER && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return back < length ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
