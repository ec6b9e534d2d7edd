import { createHash } from 'node:crypto';
import type { StoredBlob } from './contract.ts';

/** Counts and hashes bytes that pass. */
export class Meter {
  readonly #hash = createHash('sha256');
  #size = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  async *pass(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      this.add(chunk);
      yield chunk;
    }
  }

  /** What has passed; to be asked once, when all has. */
  result(): StoredBlob {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}
