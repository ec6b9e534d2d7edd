import type { LogEntry } from '../../backends/scheduler/contract.ts';

/**
 * A log has one line an entry: `<timestamp> <o|e> <text>`, for stdout and stderr. A capital letter says that the entry did
 * not end in a newline: more of its line follows in the next entry of that stream, or never came.
 */
const LETTERS = { stdout: 'o', stderr: 'e' } as const;
const STREAMS: Readonly<Record<string, LogEntry['stream']>> = { o: 'stdout', e: 'stderr' };

export const NEWLINE = 0x0a;

/** What a line of the log says. `text` has no newline; `terminated` tells whether the entry had one. */
export interface StoredEntry {
  readonly stream: LogEntry['stream'];
  readonly timestamp: string;
  readonly text: Buffer;
  readonly terminated: boolean;
}

/**
 * Writes entries as lines, and counts those that end a line of the task. One with a newline inside, which no engine should
 * make, becomes several.
 */
export function encodeEntries(entries: readonly LogEntry[]): { data: Buffer<ArrayBuffer>; lines: number } {
  const parts = entries.flatMap(splitAtNewlines);
  const data = Buffer.allocUnsafe(parts.reduce((size, part) => size + encodedSize(part), 0));
  let end = 0;
  let lines = 0;
  for (const { stream, timestamp, data: text } of parts) {
    const terminated = text.at(-1) === NEWLINE;
    if (terminated) lines += 1;
    const letter = terminated ? LETTERS[stream] : LETTERS[stream].toUpperCase();
    end += data.write(`${timestamp} ${letter} `, end, 'latin1');
    data.set(text, end);
    end += text.length;
    if (!terminated) end = data.writeUInt8(NEWLINE, end);
  }
  return { data: data.subarray(0, end), lines };
}

/** At most: the newline that the line ends with may be the entry's own. */
function encodedSize({ timestamp, data }: LogEntry): number {
  return timestamp.length + 4 + data.length;
}

/** Usually just the entry itself. */
function splitAtNewlines(entry: LogEntry): LogEntry | LogEntry[] {
  const { data } = entry;
  const pieces: LogEntry[] = [];
  let start = 0;
  for (let end = data.indexOf(NEWLINE) + 1; end > 0 && end < data.length; end = data.indexOf(NEWLINE, start) + 1) {
    pieces.push({ ...entry, data: data.subarray(start, end) });
    start = end;
  }
  return start === 0 ? entry : [...pieces, { ...entry, data: data.subarray(start) }];
}

/** Reads a line, given without its newline. Undefined for anything that is none. */
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
