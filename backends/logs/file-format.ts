import type { LogEntry } from '../scheduler/contract.ts';

/**
 * A log file has one line an entry: `<timestamp> <o|e> <text>`, for stdout and stderr. A capital letter says that the
 * entry did not end in a newline: more of its line follows in the next entry of that stream, or never came. The last line
 * of a finished log is `GOFER_EOF`, which no entry can look like, because they all begin with a timestamp.
 */
export const END_MARKER = 'GOFER_EOF';
export const NEWLINE = 0x0a;

const LETTERS = { stdout: 'o', stderr: 'e' } as const;
const STREAMS: Readonly<Record<string, LogEntry['stream']>> = { o: 'stdout', e: 'stderr' };

/** What a line of the file says. `text` has no newline; `terminated` tells whether the entry had one. */
export interface StoredEntry {
  readonly stream: LogEntry['stream'];
  readonly timestamp: string;
  readonly text: Buffer;
  readonly terminated: boolean;
}

/** Writes entries as lines of the file. One with a newline inside, which no engine should make, becomes several. */
export function encodeEntries(entries: readonly LogEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { stream, timestamp, data } of entries) {
    let start = 0;
    do {
      const newline = data.indexOf(NEWLINE, start);
      const terminated = newline >= 0;
      const letter = terminated ? LETTERS[stream] : LETTERS[stream].toUpperCase();
      parts.push(
        Buffer.from(`${timestamp} ${letter} `),
        data.subarray(start, terminated ? newline : data.length),
        LINE_END,
      );
      start = terminated ? newline + 1 : data.length;
    } while (start < data.length);
  }
  return Buffer.concat(parts);
}
const LINE_END = Buffer.from([NEWLINE]);

/** Reads a line of the file, given without its newline. Undefined for the end marker and for anything damaged. */
export function decodeLine(line: Buffer): StoredEntry | undefined {
  const space = line.indexOf(' ');
  if (space <= 0 || line[space + 2] !== line[space]) return undefined;
  const letter = String.fromCharCode(line[space + 1] ?? 0);
  const stream = STREAMS[letter.toLowerCase()];
  if (!stream) return undefined;
  return {
    stream,
    timestamp: line.toString('latin1', 0, space),
    text: line.subarray(space + 3),
    terminated: letter === letter.toLowerCase(),
  };
}

export function isEndMarker(line: Buffer): boolean {
  return line.length === END_MARKER.length && line.toString('latin1') === END_MARKER;
}
