import type { LogEntry } from '../contract.ts';

const HEADER_BYTES = 8;
const SPACE = 0x20;
const STDOUT = 1;
const STDERR = 2;
/** The engine itself speaks: it cannot go on. */
const ENGINE_ERROR = 3;

/** The bytes cannot be a log, or the engine says that it cannot read its own. Trying again would bring the same. */
export class LogStreamError extends Error {
  override readonly name = 'LogStreamError';
}

/**
 * Takes the engine's multiplexed log, requested with timestamps, apart. It asks for more bytes only when the consumer asks
 * for more entries. A stream that stops within a frame was cut off, which is an error like any other of the connection.
 */
export async function* demultiplex(source: AsyncIterable<Uint8Array>): AsyncGenerator<LogEntry> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of source) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let offset = 0;
    while (buffer.length - offset >= HEADER_BYTES) {
      const end = offset + HEADER_BYTES + buffer.readUInt32BE(offset + 4);
      if (end > buffer.length) break;
      yield readEntry(buffer.readUInt8(offset), buffer.subarray(offset + HEADER_BYTES, end));
      offset = end;
    }
    rest = buffer.subarray(offset);
  }
  if (rest.length > 0) throw new Error('the log stream was cut off');
}

function readEntry(type: number, payload: Buffer): LogEntry {
  if (type === ENGINE_ERROR) throw new LogStreamError(payload.toString('utf8').trim());
  const space = payload.indexOf(SPACE);
  const timestamp = space < 0 ? undefined : fixedTimestamp(payload.toString('latin1', 0, space));
  if ((type !== STDOUT && type !== STDERR) || timestamp === undefined) {
    throw new LogStreamError(`malformed log frame of type ${type}`);
  }
  return { stream: type === STDOUT ? 'stdout' : 'stderr', timestamp, data: payload.subarray(space + 1) };
}

/** Pads to nine digits, so that timestamps compare as strings. Engines write UTC; undefined for anything else. */
export function fixedTimestamp(text: string): string | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  return parts ? `${parts[1]}.${(parts[2] ?? '').padEnd(9, '0')}Z` : undefined;
}
