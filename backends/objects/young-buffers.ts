import { pipeline, Transform, type Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** In bytes. With twice as much V8 was seen to begin with the whole heap now and then. */
const SOON = 4 * 1024 * 1024;

const collectGarbage = exposedGc();
let passed = 0;

/**
 * To be told of the buffers of large transfers, so that V8 lets go of them while they are young, which takes it less than
 * a millisecond. By itself it waits until they are so many that it looks through the whole heap: for 256 MB that took more
 * processor time than all the rest of the transfer.
 *
 * @param size of a buffer that will soon be dropped, in bytes
 */
export function notePassed(size: number): void {
  passed += size;
  if (passed < SOON) return;
  passed = 0;
  collectGarbage({ type: 'minor' });
}

/** Passes on what a stream reads and tells of its buffers. */
export function passing(source: Readable): Readable {
  const note = new Transform({
    readableHighWaterMark: source.readableHighWaterMark,
    transform(chunk: Buffer, _encoding, done) {
      notePassed(chunk.length);
      done(null, chunk);
    },
  });
  // Its reader is told of errors, and its end lets go of what is read.
  return pipeline(source, note, () => undefined);
}

/** Contexts that others make do not get to see it. */
function exposedGc(): (options: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc');
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
