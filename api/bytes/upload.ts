import type { IncomingMessage } from 'node:http';
import { finished, type Readable, Transform } from 'node:stream';

import { invalid } from '../../core/errors.ts';

export interface UploadLimits {
  /** The most bytes of one upload. */
  readonly bytes: number;
  /** How long a client may send nothing although there is room, in ms. */
  readonly idleMs: number;
}

/** The contract's limit for objects. */
export const UPLOAD_LIMITS: UploadLimits = { bytes: 50_000_000_000, idleMs: 120_000 };
/** So much of an upload waits for its reader, in bytes. */
const BUFFER_SIZE = 512 * 1024;
/** So much of a refused upload is still read, since many clients look for the answer only when they have sent all. */
const LINGER_BYTES = 16 * 1024 * 1024;

/**
 * The body of a request as a stream that waits for its reader. It fails with a GoferError (invalid) when the client goes
 * away before the end, sends nothing for too long, or sends too much.
 * @throws GoferError (invalid) if the client announces too much.
 */
export function openUpload(request: IncomingMessage, limits: UploadLimits): Readable {
  if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge(limits);
  let size = 0;
  const body = new Transform({
    highWaterMark: BUFFER_SIZE,
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limits.bytes) done(tooLarge(limits));
      else done(null, chunk);
    },
  });
  // Whoever reads it gets the error; without a listener it would end the process if nobody reads yet.
  body.on('error', () => undefined);
  request.setTimeout(limits.idleMs, () => {
    if (!body.writableNeedDrain) request.destroy();
  });
  finished(request, { writable: false }, (error) => {
    request.setTimeout(0);
    if (error) body.destroy(brokenOff(size));
  });
  request.pipe(body);
  return body;
}

/** Reads what is left of a body that nobody wants, up to a limit: then the connection is cut. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LINGER_BYTES) request.destroy();
  });
  request.resume();
}

function tooLarge({ bytes }: UploadLimits): Error {
  return invalid('the upload is too large', [{ path: 'body', message: `must not have more than ${bytes} bytes` }]);
}

function brokenOff(size: number): Error {
  return invalid('the upload is not complete', [{ path: 'body', message: `ended early, after ${size} bytes` }]);
}
