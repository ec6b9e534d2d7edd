import type { Readable } from 'node:stream';

/** The bytes of one object as they come in. */
export interface StoredBlob {
  /** In bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** A part of some bytes: from `start` up to, but without, `end`. Both are offsets in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes as they lie in the store, whoever they belong to. */
export interface ListedBlob {
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
  /** When they were stored; a store may say when it began to store them. */
  readonly stored: Date;
}

/**
 * Keeps the bytes of objects under names that we make up, so that no user's key is ever part of a path. Names are random
 * UUIDs. Who owns the bytes, and by which key, stands in the database; bytes without a record there are rubbish.
 */
export interface ObjectStore {
  /** Keeps all of `bytes` or, if reading them fails, nothing. Resolves when they survive a crash. */
  put(blob: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  /**
   * The bytes, or of them a range that is not empty and lies within them; undefined if there are none of that name. The
   * stream has to be read to its end or destroyed. Whether the bytes are still the same is for the reader to check.
   */
  get(blob: string, range?: ByteRange): Promise<Readable | undefined>;
  /** Removes the bytes. Missing ones are fine. */
  remove(blob: string): Promise<void>;
  /** What there is of one shard: see `shardOf`. Unfinished puts are not in it. */
  list(shard: string): AsyncIterable<ListedBlob>;
  /** Removes what puts that began before then and were cut off by a crash have left, and resolves with how many they were. */
  removeDrafts(before: Date): Promise<number>;
}

const BLOB = /^[0-9a-f-]{36}$/;

/** Whether bytes can have this name: a UUID, and nothing that could leave a folder. */
export function isBlobName(name: string): boolean {
  return BLOB.test(name);
}

/** The part of a store that bytes of this name are in. There are 256, so that all can be listed piece by piece. */
export function shardOf(blob: string): string {
  if (!isBlobName(blob)) throw new Error(`'${blob}' cannot name an object's bytes`);
  return blob.slice(-2);
}

/** The names of all shards, in order. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
