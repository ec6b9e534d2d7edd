import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';

/** What an archive is filled with, one file after the other. */
export interface ArchiveWriter {
  addText(name: string, text: string): Promise<void>;
  /** For bytes of which nobody knows how many they are. */
  addBytes(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

/** A gzipped tar archive, as it comes into being. All its files lie in one folder. */
export async function* archiveOf(
  folder: string,
  fill: (writer: ArchiveWriter) => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = pack();
  const compressed = createGzip();
  const packing = pipeline(tar, compressed);
  const filling = withTemporaryFolder(async (drafts) => {
    await fill(writerOf(tar, folder, drafts));
    tar.finalize();
  }).catch((error: Error) => tar.destroy(error));
  yield* compressed as Gzip & AsyncIterable<Uint8Array>;
  await Promise.all([packing, filling]);
}

function writerOf(tar: Pack, folder: string, drafts: string): ArchiveWriter {
  const header = (name: string) => ({ name: `${folder}/${name}`, mtime: new Date(), mode: 0o600 });
  return {
    addText: (name, text) =>
      new Promise((resolve, reject) => {
        tar.entry(header(name), text, (error) => (error ? reject(error) : resolve()));
      }),
    async addBytes(name, bytes) {
      // A tar archive says how long a file is before the file.
      const draft = join(drafts, 'draft');
      await writeFile(draft, bytes);
      const { size } = await stat(draft);
      await pipeline(createReadStream(draft), tar.entry({ ...header(name), size }));
    },
  };
}

async function withTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gofer-debug-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
