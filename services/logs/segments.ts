import type { ObjectStore } from '../../backends/objects/contract.ts';
import type { Database } from '../../store/client.ts';
import { findLogBlobs, type LogSegment } from '../../store/logs.ts';

export interface SegmentDependencies {
  readonly db: Database;
  readonly objects: ObjectStore;
}

/** The bytes of a segment behind the first `skip` ones; none if they have been removed. */
export async function* contentOf(
  { db, objects }: SegmentDependencies,
  { content, length }: LogSegment,
  skip: number,
): AsyncGenerator<Buffer> {
  if (typeof content !== 'string') {
    yield toBuffer(content).subarray(skip);
    return;
  }
  const bytes = await objects.get(content, { start: skip, end: length });
  if (!bytes) {
    if ((await findLogBlobs(db, [content])).has(content))
      throw new Error(`the bytes '${content}' of a log are missing`);
    return;
  }
  for await (const chunk of bytes as AsyncIterable<Uint8Array>) yield toBuffer(chunk);
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
