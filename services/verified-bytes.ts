import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';
import type { StoredBlob } from '../backends/objects/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';

/**
 * Passes stored bytes on and fails before their end unless they are those that were stored: the last piece waits until
 * all are known to be good, so that nobody can take damaged bytes for whole ones.
 *
 * @param what names them in the error, which is a GoferError (unavailable)
 */
export function verified(stored: Readable, { size, sha256 }: StoredBlob, what: string): Readable {
  const hash = createHash('sha256');
  let passed = 0;
  let last: Buffer | undefined;
  const damaged = () =>
    new GoferError(ErrorKind.Unavailable, `${what} is damaged: its bytes are not those that were stored`);
  const check = new Transform({
    readableHighWaterMark: stored.readableHighWaterMark,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      passed += chunk.length;
      if (passed > size) return done(damaged());
      const ready = last;
      last = chunk;
      done(null, ready);
    },
    flush(done) {
      if (passed !== size || hash.digest('hex') !== sha256) return done(damaged());
      done(null, last);
    },
  });
  // Its reader is told of errors, and its end lets go of what is read.
  return pipeline(stored, check, () => undefined);
}
