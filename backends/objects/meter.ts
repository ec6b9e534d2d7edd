import { createHash } from 'node:crypto';
import type { StoredBlob } from './contract.ts';

/** Counts and hashes bytes that pass through it. */
export class Meter {
  readonly #hash = createHash('sha256');
  #size = 0;

  async *pass(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      this.#hash.update(chunk);
      this.#size += chunk.length;
      yield chunk;
    }
  }

  /** What has passed; to be asked once, when all has. */
  result(): StoredBlob {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}
