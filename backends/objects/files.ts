import { createReadStream } from 'node:fs';
import { mkdir, open, opendir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isBlobName, shardOf, SHARDS, type ListedBlob, type ObjectStore, type StoredBlob } from './contract.ts';
import { Meter } from './meter.ts';
import { notePassed, passing } from './young-buffers.ts';

/** Ends the names of files that are still being written. */
const DRAFT = '.part';

/** So much is read at once, in bytes. */
const READ_SIZE = 1024 * 1024;
/** So much waits to be written at once, in bytes. */
const WRITE_SIZE = 1024 * 1024;

/** Keeps the bytes of objects as files below `folder`, which has a folder for each shard. */
export function createFileObjectStore(folder: string): ObjectStore {
  const pathOf = (blob: string) => join(folder, shardOf(blob), blob);
  const prepared = new Map<string, Promise<void>>();
  const prepare = (path: string): Promise<void> => {
    const known = prepared.get(path) ?? makeFolder(path);
    prepared.set(path, known);
    return known;
  };
  return {
    async put(blob, bytes) {
      const path = pathOf(blob);
      const draft = `${path}${DRAFT}`;
      try {
        await prepare(dirname(path));
        const stored = await writeAll(draft, bytes);
        await rename(draft, path);
        await syncFolder(dirname(path));
        return stored;
      } catch (error) {
        // Somebody may have taken the folder away.
        prepared.delete(dirname(path));
        await rm(draft, { force: true });
        throw error;
      }
    },
    async get(blob, range) {
      const file = await openExisting(pathOf(blob));
      if (!file) return undefined;
      const bounds = range && { start: range.start, end: range.end - 1 };
      return passing(createReadStream('', { fd: file, highWaterMark: READ_SIZE, ...bounds }));
    },
    remove: (blob) => rm(pathOf(blob), { force: true }),
    list: (shard) => listBlobs(join(folder, shard)),
    async removeDrafts(before) {
      let removed = 0;
      for (const shard of SHARDS) removed += await removeDrafts(join(folder, shard), before);
      return removed;
    },
  };
}

/** Resolves when the bytes survive a power cut. While some are written the next ones are counted. */
async function writeAll(path: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
  const meter = new Meter();
  // A stream that opens the file by itself may do so after its client has broken off, and leave it behind.
  const file = await open(path, 'w');
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      meter.add(chunk);
      notePassed(chunk.length);
      done(null, chunk);
    },
  });
  await pipeline(bytes, count, file.createWriteStream({ highWaterMark: WRITE_SIZE, flush: true }));
  return meter.result();
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function* listBlobs(folder: string): AsyncGenerator<ListedBlob, void, undefined> {
  for await (const name of namesIn(folder)) {
    if (!isBlobName(name)) continue;
    const found = await statExisting(join(folder, name));
    if (found) yield { blob: name, size: found.size, stored: found.mtime };
  }
}

async function removeDrafts(folder: string, before: Date): Promise<number> {
  let removed = 0;
  for await (const name of namesIn(folder)) {
    if (!name.endsWith(DRAFT)) continue;
    const found = await statExisting(join(folder, name));
    if (!found || found.mtime >= before) continue;
    await rm(join(folder, name), { force: true });
    removed += 1;
  }
  return removed;
}

async function* namesIn(folder: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const entry of await opendir(folder)) yield entry.name;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function statExisting(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Creates a folder with those above it. When this resolves they survive a power cut, whoever created them. */
async function makeFolder(path: string): Promise<void> {
  const first = (await mkdir(path, { recursive: true })) ?? path;
  for (let at = path; at !== dirname(first); at = dirname(at)) await syncFolder(dirname(at));
}

/** A new name survives a power cut only once its folder has been written. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
