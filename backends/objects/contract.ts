/** The bytes of one object as they come in. */
export interface StoredBlob {
  /** In bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Keeps the bytes of objects under names that we make up, so that no user's key is ever part of a path. Who owns the
 * bytes, and by which key, stands in the database; bytes without a record there are rubbish.
 */
export interface ObjectStore {
  /** Keeps all of `bytes` or, if reading them fails, nothing. Resolves when they survive a crash. */
  put(blob: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  /** Yields the bytes; undefined if there are none of that name. */
  get(blob: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Removes the bytes. Missing ones are fine. */
  remove(blob: string): Promise<void>;
}
