import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredBlob } from './contract.ts';

/** Names that may become files: UUIDs, and nothing that could leave the folder. */
const NAME = /^[0-9a-f-]{36}$/;

/** Keeps the bytes of objects as files below `folder`, spread over 256 folders by the end of their names. */
export function createFileObjectStore(folder: string): ObjectStore {
  const pathOf = (blob: string) => {
    if (!NAME.test(blob)) throw new Error(`'${blob}' cannot name an object's bytes`);
    return join(folder, blob.slice(-2), blob);
  };
  return {
    async put(blob, bytes) {
      const path = pathOf(blob);
      await mkdir(dirname(path), { recursive: true });
      const draft = `${path}.part`;
      try {
        const stored = await writeAll(draft, bytes);
        await rename(draft, path);
        await syncFolder(dirname(path));
        return stored;
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
    async get(blob) {
      try {
        const file = await open(pathOf(blob), 'r');
        return file.createReadStream();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    remove: (blob) => rm(pathOf(blob), { force: true }),
  };
}

async function writeAll(path: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
  const file = await open(path, 'w');
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of bytes) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
    return { size, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
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
