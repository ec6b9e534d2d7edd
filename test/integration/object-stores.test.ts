import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Socket, connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  NoSuchUpload,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ObjectStore, shardOf, SHARDS } from '../../backends/objects/contract.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import { createS3ObjectStore } from '../../backends/objects/s3.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { type S3Server, startS3 } from '../helpers/s3.ts';

const MIB = 1024 * 1024;

let folder = '';
let s3: S3Server;

beforeAll(async () => {
  folder = await temporaryFolder();
  s3 = await startS3(join(folder, 's3'));
  // The SDK's own chain looks here.
  Object.assign(process.env, s3.credentials);
});
afterAll(async () => {
  await s3.stop();
  await rm(folder, { recursive: true });
});

const s3Options = () => ({ endpoint: s3.endpoint, bucket: s3.bucket, region: 'eu-test-1', pathStyle: true });

async function* slices(bytes: Buffer, size = 60_000): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
async function* breakingOff(bytes: Buffer): AsyncGenerator<Buffer> {
  yield* slices(bytes);
  throw new Error('the client is gone');
}
async function read(store: ObjectStore, blob: string, range?: { start: number; end: number }): Promise<Buffer> {
  const stream = await store.get(blob, range);
  if (!stream) throw new Error(`${blob} is missing`);
  return buffer(stream);
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe.each([
  {
    name: 'files',
    open: () => createFileObjectStore(join(folder, 'deep', 'files')),
    files: () => join(folder, 'deep', 'files'),
    addForeign: async (name: string) => {
      await mkdir(join(folder, 'deep', 'files', dirname(name)), { recursive: true });
      await writeFile(join(folder, 'deep', 'files', name), 'not ours');
    },
  },
  {
    name: 'S3',
    open: () => createS3ObjectStore({ ...s3Options(), prefix: 'some/where' }),
    files: () => s3.folder,
    addForeign: async (name: string) => {
      const client = direct();
      await client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `some/where/${name}`, Body: 'not ours' }));
      client.destroy();
    },
  },
])('an object store of $name', ({ open, files, addForeign }) => {
  let store: ObjectStore;
  beforeAll(() => {
    store = open();
  });

  test.each([
    ['nothing', 0],
    ['a byte', 1],
    ['4 KB', 4096],
    ['exactly one part', 8 * MIB],
    ['a few parts', 20 * MIB + 1],
  ])('keeps %s', async (_name, size) => {
    const bytes = randomBytes(size);
    const blob = randomUUID();
    expect(await store.put(blob, slices(bytes))).toEqual({ size, sha256: sha256(bytes) });
    expect((await read(store, blob)).equals(bytes)).toBe(true);
    await store.remove(blob);
  });

  test('gives ranges', async () => {
    const bytes = randomBytes(3 * MIB);
    const blob = randomUUID();
    await store.put(blob, slices(bytes));
    for (const [start, end] of [
      [0, 1],
      [0, bytes.length],
      [1, 2 * MIB],
      [bytes.length - 1, bytes.length],
    ] as const) {
      expect((await read(store, blob, { start, end })).equals(bytes.subarray(start, end))).toBe(true);
    }
  });

  test('has nothing of what it was never given, and removes that as well', async () => {
    const blob = randomUUID();
    expect(await store.get(blob)).toBeUndefined();
    expect(await store.get(blob, { start: 0, end: 1 })).toBeUndefined();
    await store.remove(blob);
  });

  test('forgets what is removed', async () => {
    const blob = randomUUID();
    await store.put(blob, slices(randomBytes(10)));
    await store.remove(blob);
    expect(await store.get(blob)).toBeUndefined();
  });

  test.each([
    ['small', 100_000],
    ['large', 20 * MIB],
  ])('keeps nothing of a %s put that breaks off', async (_size, size) => {
    const before = await filesBelow(files());
    const blob = randomUUID();
    await expect(store.put(blob, breakingOff(randomBytes(size)))).rejects.toThrow('the client is gone');
    expect(await store.get(blob)).toBeUndefined();
    expect(await filesBelow(files())).toEqual(before);
    expect(await unfinished()).toEqual([]);
  });

  test('shows nothing of a put before it is complete', async () => {
    const blob = randomUUID();
    let seen: unknown = 'nothing yet';
    await store.put(
      blob,
      (async function* () {
        yield* slices(randomBytes(20 * MIB));
        seen = [await store.get(blob), await all(store.list(shardOf(blob)))];
        yield Buffer.from('the end');
      })(),
    );
    expect(seen).toEqual([undefined, []]);
    expect(await all(store.list(shardOf(blob)))).toHaveLength(1);
    await store.remove(blob);
  });

  test('takes many at once', async () => {
    const many = Array.from({ length: 100 }, () => ({ blob: randomUUID(), bytes: randomBytes(50_000) }));
    await Promise.all(many.map(({ blob, bytes }) => store.put(blob, slices(bytes))));
    const back = await Promise.all(many.map(({ blob }) => read(store, blob)));
    expect(back.map(sha256)).toEqual(many.map(({ bytes }) => sha256(bytes)));
    await Promise.all(many.map(({ blob }) => store.remove(blob)));
  });

  test('reads no further ahead than its reader', async () => {
    const blob = randomUUID();
    await store.put(blob, slices(randomBytes(32 * MIB)));
    const stream = (await store.get(blob)) as Readable;
    await once(stream, 'readable');
    const before = process.memoryUsage().arrayBuffers;
    stream.read(1);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
    stream.destroy();
    await store.remove(blob);
  });

  test('lists shard by shard what it has', async () => {
    const blobs = Array.from({ length: 5 }, () => randomUUID().slice(0, -2) + 'a7').toSorted();
    const begun = Date.now();
    // What other tests have left may be in any shard.
    for (const shard of ['a7', 'ee']) for (const { blob } of await all(store.list(shard))) await store.remove(blob);
    for (const blob of blobs) await store.put(blob, slices(Buffer.from('four')));
    await store.put(randomUUID().slice(0, -2) + 'a8', slices(Buffer.from('another shard')));
    const listed = await all(store.list('a7'));
    expect(listed.map(({ blob }) => blob).toSorted()).toEqual(blobs);
    for (const { size, stored } of listed) {
      expect(size).toBe(4);
      // Times of S3 have no fractions.
      expect(stored.getTime()).toBeGreaterThan(begun - 2000);
      expect(stored.getTime()).toBeLessThan(Date.now() + 2000);
    }
    expect(await all(store.list('ee'))).toEqual([]);
    for (const blob of blobs) await store.remove(blob);
  });

  test('leaves alone what does not have a name of ours', async () => {
    await addForeign('b5/README');
    expect(await all(store.list('b5'))).toEqual([]);
    expect(await store.removeDrafts(new Date(Date.now() + 60_000))).toBe(0);
    expect(await filesBelow(files())).toContain('README');
  });

  test.each(['', 'a', '../../../etc/passwd', `${'../'.repeat(11)}abc`, `${randomUUID()}/`, randomUUID().toUpperCase()])(
    'takes no name that is not one of ours: %s',
    async (name) => {
      await expect(store.put(name, slices(Buffer.from('x')))).rejects.toThrow('cannot name');
      await expect((async () => store.get(name))()).rejects.toThrow('cannot name');
      await expect((async () => store.remove(name))()).rejects.toThrow('cannot name');
    },
  );
});

const direct = () => new S3Client({ endpoint: s3.endpoint, region: 'eu-test-1', forcePathStyle: true });

async function unfinished(): Promise<unknown[]> {
  const client = direct();
  try {
    return (await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }))).Uploads ?? [];
  } catch (error) {
    // What this server says of a bucket that never had any.
    if (error instanceof NoSuchUpload) return [];
    throw error;
  } finally {
    client.destroy();
  }
}

test('files: what a crash leaves unfinished is removed when it is old', async () => {
  const path = join(folder, 'drafts');
  const store = createFileObjectStore(path);
  const blob = randomUUID();
  await store.put(blob, slices(Buffer.from('kept')));
  const draft = join(path, shardOf(blob), `${randomUUID()}.part`);
  await writeFile(draft, 'half of it');
  const now = Date.now();
  await utimes(draft, now / 1000, now / 1000 - 100);
  expect(await store.removeDrafts(new Date(now - 101_000))).toBe(0);
  expect(await store.removeDrafts(new Date(now - 99_000))).toBe(1);
  expect(await filesBelow(path)).toEqual([blob]);
});

test('S3: what a crash leaves unfinished is removed when it is old', async () => {
  const store = createS3ObjectStore({ ...s3Options(), prefix: 'drafts' });
  const client = direct();
  const place = { Bucket: s3.bucket, Key: `drafts/aa/${randomUUID()}` };
  const { UploadId: id } = await client.send(new CreateMultipartUploadCommand(place));
  await client.send(new UploadPartCommand({ ...place, UploadId: id, PartNumber: 1, Body: Buffer.alloc(6 * MIB) }));
  expect(await unfinished()).toHaveLength(1);
  const foreign = { Bucket: s3.bucket, Key: 'drafts/aa/README' };
  const { UploadId: foreignId } = await client.send(new CreateMultipartUploadCommand(foreign));
  expect(await store.removeDrafts(new Date(Date.now() - 60_000))).toBe(0);
  expect(await store.removeDrafts(new Date(Date.now() + 60_000))).toBe(1);
  expect(await unfinished()).toMatchObject([{ UploadId: foreignId }]);
  await client.send(new AbortMultipartUploadCommand({ ...foreign, UploadId: foreignId }));
  client.destroy();
});

test('S3: prefixes keep stores apart', async () => {
  const [one, two] = ['one', ''].map((prefix) => createS3ObjectStore({ ...s3Options(), prefix })) as [
    ObjectStore,
    ObjectStore,
  ];
  const blob = randomUUID();
  await one.put(blob, slices(Buffer.from('x')));
  expect(await two.get(blob)).toBeUndefined();
  for (const shard of SHARDS) for await (const other of two.list(shard)) expect(other.blob).not.toBe(blob);
});

/** Passes connections on to the S3 server, and cuts those that have sent so many bytes back. */
async function cuttingProxy(limit: number) {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(s3.endpoint).port), '127.0.0.1');
    let sent = 0;
    for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
    client.pipe(server);
    server.on('data', (chunk) => {
      client.write(chunk);
      sent += chunk.length;
      if (sent <= limit) return;
      cuts += 1;
      client.destroy();
      server.destroy();
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    cuts: () => cuts,
    close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

test('S3: a download whose connection breaks goes on where it was', async () => {
  const proxy = await cuttingProxy(3 * MIB);
  const store = createS3ObjectStore({ ...s3Options(), prefix: '', endpoint: proxy.endpoint });
  const bytes = randomBytes(10 * MIB);
  const blob = randomUUID();
  await store.put(blob, slices(bytes));
  expect((await read(store, blob)).equals(bytes)).toBe(true);
  expect((await read(store, blob, { start: 5, end: 9 * MIB })).equals(bytes.subarray(5, 9 * MIB))).toBe(true);
  expect(proxy.cuts()).toBeGreaterThan(3);
  proxy.close();
});

test('S3: a server that is not there is an error, not a wait', async () => {
  const proxy = await cuttingProxy(0);
  const store = createS3ObjectStore({ ...s3Options(), prefix: '', endpoint: proxy.endpoint });
  proxy.close();
  await expect(store.put(randomUUID(), slices(Buffer.from('x')))).rejects.toThrow('ECONNREFUSED');
  await expect(store.get(randomUUID())).rejects.toThrow('ECONNREFUSED');
});

test('S3: letting go of a download closes its connection, begun or not', async () => {
  const store = createS3ObjectStore({ ...s3Options(), prefix: '' });
  const blob = randomUUID();
  await store.put(blob, slices(randomBytes(16 * MIB)));
  const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const untouched = (await store.get(blob)) as Readable;
  const begun = (await store.get(blob)) as Readable;
  await once(begun, 'readable');
  for (const stream of [untouched, begun]) stream.destroy();
  await expect
    .poll(() => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length)
    .toBeLessThanOrEqual(before);
});
