import { StringDecoder } from 'node:string_decoder';

/** Reads a stream of JSON objects, one a line, however the bytes are cut. Lines that are no JSON objects are left out. */
export async function* readObjects(
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Record<string, unknown>> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    rest +=
      typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* parse(line);
  }
  yield* parse(rest + decoder.end());
}

function* parse(line: string): Generator<Record<string, unknown>> {
  if (line.trim() === '') return;
  try {
    const value: unknown = JSON.parse(line);
    if (isRecord(value)) yield value;
  } catch {
    // A proxy's page, or a line cut off by a lost connection: what follows or the end of the stream tells.
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
