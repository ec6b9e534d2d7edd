import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LOG_DISORDER_MS, type LogEntry, type LogPosition } from '../scheduler/contract.ts';
import type { LogWriter } from './contract.ts';
import { decodeLine, encodeEntries, END_MARKER, isEndMarker, NEWLINE } from './file-format.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * Opens a log for appending, after whatever an earlier writer left: what it could not finish writing is cut off, and so
 * is the end marker, because who opens a finished log again is about to finish it again.
 */
export async function openFileWriter(path: string): Promise<LogWriter> {
  // What tasks print is not for every user of the machine.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const { end, position } = await readTail(file, size);
    if (end < size) await file.truncate(end);
    return new FileWriter(file, end, position);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class FileWriter implements LogWriter {
  readonly position: LogPosition | undefined;
  readonly finished = false;
  readonly #file: FileHandle;
  #size: number;
  #closed = false;

  constructor(file: FileHandle, size: number, position: LogPosition | undefined) {
    this.#file = file;
    this.#size = size;
    this.position = position;
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length > 0) await this.#write(encodeEntries(entries));
  }

  async finish(): Promise<void> {
    await this.#write(Buffer.from(`${END_MARKER}\n`));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      // One system call for anything up to half a megabyte, so that readers rarely see half a batch.
      await this.#file.appendFile(bytes);
      this.#size += bytes.length;
    } catch (error) {
      // A full disk may leave half a line, which the next append must not continue.
      await this.#file.truncate(this.#size).catch(() => {});
      throw error;
    }
  }
}

interface Tail {
  /** Where the last whole entry ends. */
  readonly end: number;
  readonly position: LogPosition | undefined;
}

/** Looks at the end of a file only: as far back as entries can be out of order, or until both streams were seen. */
async function readTail(file: FileHandle, size: number): Promise<Tail> {
  const last: { stdout?: Count; stderr?: Count } = {};
  let end: number | undefined;
  let oldest = '';
  for await (const { line, start } of linesBackwards(file, size)) {
    const entry = decodeLine(line);
    if (!entry) {
      // Only the very end may be something else; damage further up is for readers to skip.
      if (isEndMarker(line)) end ??= start;
      continue;
    }
    end ??= start + line.length + 1;
    const { stream, timestamp } = entry;
    oldest ||= earlier(timestamp);
    if (timestamp < oldest) break;
    const seen = (last[stream] ??= { timestamp, entries: 0, complete: false });
    if (timestamp === seen.timestamp) seen.entries += 1;
    else seen.complete = true;
    if (last.stdout?.complete && last.stderr?.complete) break;
  }
  return { end: end ?? 0, position: toPosition(last) };
}

interface Count {
  readonly timestamp: string;
  entries: number;
  /** An entry with an older timestamp was seen, so that no more can be found. */
  complete: boolean;
}

function toPosition({ stdout, stderr }: { stdout?: Count; stderr?: Count }): LogPosition | undefined {
  if (!stdout && !stderr) return undefined;
  return {
    ...(stdout && { stdout: { timestamp: stdout.timestamp, entries: stdout.entries } }),
    ...(stderr && { stderr: { timestamp: stderr.timestamp, entries: stderr.entries } }),
  };
}

/** A timestamp so much earlier that no entry of the other stream can be older and come later; see `LOG_DISORDER_MS`. */
function earlier(timestamp: string): string {
  const milliseconds = Date.parse(timestamp) - LOG_DISORDER_MS;
  return Number.isNaN(milliseconds) ? timestamp : new Date(milliseconds).toISOString();
}

/** The lines before `end`, the last first, each without its newline and with its place. A line without one is left out. */
async function* linesBackwards(file: FileHandle, end: number): AsyncGenerator<{ line: Buffer; start: number }> {
  // `rest` begins at `offset`. Only once a newline was found do the bytes behind it belong to whole lines.
  let rest: Buffer = Buffer.alloc(0);
  let offset = end;
  let torn = true;
  while (offset > 0) {
    const length = Math.min(CHUNK_BYTES, offset);
    const chunk = Buffer.alloc(length);
    offset -= length;
    await file.read(chunk, 0, length, offset);
    rest = Buffer.concat([chunk, rest]);
    for (let newline = rest.lastIndexOf(NEWLINE); newline >= 0; newline = rest.lastIndexOf(NEWLINE)) {
      if (!torn) yield { line: rest.subarray(newline + 1), start: offset + newline + 1 };
      torn = false;
      rest = rest.subarray(0, newline);
    }
  }
  if (!torn) yield { line: rest, start: 0 };
}
