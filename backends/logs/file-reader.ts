import { watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { LogLine } from './contract.ts';
import { decodeLine, isEndMarker, NEWLINE, type StoredEntry } from './file-format.ts';

const CHUNK_BYTES = 64 * 1024;
/** How often a file is looked at without being told: events get lost, and network file systems have none. */
const SAFETY_CHECK_MS = 1000;
/** The same for a file that is not there; its folder may be missing as well, and cannot be watched then. */
const APPEARANCE_CHECK_MS = 200;
/** How many characters of a line are held at most; what is longer is passed on in pieces. */
const LINE_LIMIT = 1024 * 1024;

/** See `LogStore.read`. */
export async function* readFileLog(path: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  const file = await openWhenThere(path, signal);
  if (!file) return;
  const joiner = new LineJoiner();
  try {
    for await (const line of followLines(path, file, signal)) {
      if (isEndMarker(line)) break;
      const entry = decodeLine(line);
      const joined = entry && joiner.add(entry);
      if (joined) yield joined;
    }
    if (!signal.aborted) yield* joiner.rest();
  } finally {
    await file.close();
  }
}

/** Undefined if the signal aborts before the file appears. */
async function openWhenThere(path: string, signal: AbortSignal): Promise<FileHandle | undefined> {
  const alarm = new Alarm(dirname(path), signal);
  try {
    while (!signal.aborted) {
      try {
        return await open(path, 'r');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
      await alarm.wait(APPEARANCE_CHECK_MS);
    }
    return undefined;
  } finally {
    alarm.close();
  }
}

/** Yields whole lines without their newline, as they are written, until the file is removed or the signal aborts. */
async function* followLines(path: string, file: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer> {
  const alarm = new Alarm(path, signal);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  /** Where the first line begins that was not read to its end, and what is known of it. */
  let offset = 0;
  let begun: Buffer = Buffer.alloc(0);
  try {
    while (!signal.aborted) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset + begun.length);
      if (bytesRead === 0) {
        // Half a line may be what a dying writer left. The next one writes it anew, so it is read anew.
        begun = Buffer.alloc(0);
        if ((await file.stat()).nlink === 0) return;
        await alarm.wait(SAFETY_CHECK_MS);
        continue;
      }
      const bytes = Buffer.concat([begun, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, start)) {
        yield bytes.subarray(start, newline);
        start = newline + 1;
      }
      offset += start;
      begun = bytes.subarray(start);
    }
  } finally {
    alarm.close();
  }
}

/** Joins the entries of each stream to lines. */
class LineJoiner {
  readonly #open = new Map<LogLine['stream'], { timestamp: string; text: string; decoder: StringDecoder }>();

  /** Returns the line that the entry completes, if it does. */
  add({ stream, timestamp, text, terminated }: StoredEntry): LogLine | undefined {
    const begun = this.#open.get(stream);
    if (!begun && terminated) return { stream, timestamp, text: text.toString(), terminated };
    const line = begun ?? { timestamp, text: '', decoder: new StringDecoder('utf8') };
    line.text += line.decoder.write(text);
    if (terminated) {
      this.#open.delete(stream);
      return { stream, timestamp: line.timestamp, text: line.text + line.decoder.end(), terminated };
    }
    this.#open.set(stream, line);
    if (line.text.length < LINE_LIMIT) return undefined;
    const piece = { stream, timestamp: line.timestamp, text: line.text, terminated };
    line.text = '';
    return piece;
  }

  /** The lines that nobody will complete any more. */
  *rest(): Generator<LogLine> {
    for (const [stream, { timestamp, text, decoder }] of this.#open) {
      const whole = text + decoder.end();
      if (whole !== '') yield { stream, timestamp, text: whole, terminated: false };
    }
  }
}

/** Wakes somebody up when a file or folder changes, and after a while in any case. */
class Alarm {
  readonly #stop: () => void;
  /** A change between two waits must not be slept through. */
  #changed = false;
  #wake = () => {};

  constructor(path: string, signal: AbortSignal) {
    const ring = () => {
      this.#changed = true;
      this.#wake();
    };
    const unwatch = watchQuietly(path, ring);
    signal.addEventListener('abort', ring);
    this.#stop = () => {
      unwatch();
      signal.removeEventListener('abort', ring);
    };
  }

  async wait(ms: number): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#changed = false;
  }

  close(): void {
    this.#stop();
  }
}

/** Does without a watch where there can be none: path missing, limit of the system reached, no support. */
function watchQuietly(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
