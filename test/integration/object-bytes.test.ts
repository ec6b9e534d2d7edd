import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ObjectStore } from '../../backends/objects/contract.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import { createS3ObjectStore } from '../../backends/objects/s3.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { peakMemory } from '../helpers/memory.ts';
import { type S3Server, startS3 } from '../helpers/s3.ts';
import { startOwnApi } from './helpers/own-api.ts';
import { createNamespace, HEADERS, place, registered } from './helpers/raw-api.ts';

const MIB = 1024 * 1024;
/** Set it to 2147483648 for what was promised: 2 GB through 256 MB of heap. */
const SIZE = Number(process.env['GOFER_TEST_OBJECT_BYTES'] ?? 256 * MIB);
/** In megabytes; the long form has the promised one. */
const HEAP = SIZE > 1024 * MIB ? 256 : 128;
const GROWTH = 160;

let folder = '';
let s3: S3Server;

beforeAll(async () => {
  await createNamespace();
  folder = await temporaryFolder();
  s3 = await startS3(join(folder, 's3'));
});
afterAll(async () => {
  await s3.stop();
  await rm(folder, { recursive: true, force: true });
});

const settingsFor = (engine: string): NodeJS.ProcessEnv =>
  engine === 'filesystem'
    ? {}
    : {
        ...s3.credentials,
        GOFER_WEB_OBJECT_STORE__S3__ENDPOINT: s3.endpoint,
        GOFER_WEB_OBJECT_STORE__S3__BUCKET: s3.bucket,
        GOFER_WEB_OBJECT_STORE__S3__PATH_STYLE: 'true',
        GOFER_WEB_OBJECT_STORE__S3__PREFIX: 'gofer',
      };

function openS3Store(): ObjectStore {
  Object.assign(process.env, s3.credentials);
  const { endpoint, bucket } = s3;
  return createS3ObjectStore({ endpoint, bucket, region: 'us-east-1', pathStyle: true, prefix: 'gofer' });
}

/** Bytes that repeat only after a while, so that parts in the wrong order are noticed. */
function* numbered(total: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < total; sent += chunk.length) {
    chunk.writeDoubleBE(sent);
    yield Buffer.from(chunk.subarray(0, Math.min(chunk.length, total - sent)));
  }
}

describe.each(['filesystem', 's3'])('objects in %s', (engine) => {
  let api: Awaited<ReturnType<typeof startOwnApi>>;
  let collection = '';
  let store: ObjectStore;
  const root = () => (engine === 's3' ? s3.folder : join(folder, 'objects'));

  beforeAll(async () => {
    api = await startOwnApi(folder, {
      ...settingsFor(engine),
      GOFER_WEB_OBJECT_STORE__ENGINE: engine,
      NODE_OPTIONS: `--max-old-space-size=${HEAP}`,
    });
    collection = `${place(await registered())}/objects`;
    store = engine === 's3' ? openS3Store() : createFileObjectStore(root());
    return () => api.kill('SIGTERM');
  });

  function begin(method: string, path: string, headers: Record<string, string> = {}): ClientRequest {
    return httpRequest(`${api.url}${path}`, { method, headers: { ...HEADERS, ...headers }, agent: false });
  }
  async function put(key: string, bytes: Iterable<Buffer>): Promise<number | undefined> {
    const upload = begin('POST', `${collection}/${key}?force=true`);
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
    await pump(Readable.from(bytes), upload);
    const [response] = await answered;
    response.resume();
    return response.statusCode;
  }
  async function get(key: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const download = begin('GET', `${collection}/${key}`, headers);
    download.end();
    const [response] = (await once(download, 'response')) as [IncomingMessage];
    return response;
  }
  async function read(response: IncomingMessage): Promise<{ size: number; digest: string }> {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
    return { size, digest: hash.digest('base64') };
  }
  async function files(): Promise<string[]> {
    const entries = await readdir(root(), { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }

  test(`pass in and out with flat memory, ${SIZE / MIB} MB of them`, { timeout: 600_000 }, async () => {
    const hash = createHash('sha256');
    for (const chunk of numbered(SIZE)) hash.update(chunk);
    const digest = hash.digest('base64');
    // Whatever is loaded with the first object is no memory that objects take.
    await put('first', numbered(9 * MIB));
    await read(await get('first'));
    const before = await peakMemory(api.pid);
    expect(await put('big', numbered(SIZE))).toBe(201);
    const response = await get('big');
    expect(response.headers).toMatchObject({
      'content-length': String(SIZE),
      'repr-digest': `sha-256=:${digest}:`,
      etag: `"${Buffer.from(digest, 'base64').toString('hex')}"`,
    });
    expect(await read(response)).toEqual({ size: SIZE, digest });
    const growth = (await peakMemory(api.pid)) - before;
    process.stdout.write(
      `${engine}: ${SIZE / MIB} MB with ${HEAP} MB of heap grew from ${before} MB by ${growth} MB\n`,
    );
    expect(growth).toBeLessThan(Math.min(GROWTH, SIZE / MIB));
  });

  test('are read in parts', async () => {
    await put('parts', numbered(9 * MIB));
    const whole = Buffer.concat([...numbered(9 * MIB)]);
    const part = await get('parts', { range: `bytes=${MIB}-${8 * MIB}` });
    expect(part.statusCode).toBe(206);
    expect(part.headers).toMatchObject({
      'content-range': `bytes ${MIB}-${8 * MIB}/${whole.length}`,
      'content-length': String(7 * MIB + 1),
    });
    expect(Buffer.concat(await part.toArray()).equals(whole.subarray(MIB, 8 * MIB + 1))).toBe(true);
    const beyond = await get('parts', { range: `bytes=${whole.length}-` });
    expect(beyond.statusCode).toBe(416);
    expect(beyond.resume().headers['content-range']).toBe(`bytes */${whole.length}`);
  });

  test('leave nothing if the client breaks off, in the middle of one part or of many', async () => {
    for (const sent of [MIB, 20 * MIB]) {
      const before = await files();
      const upload = begin('POST', `${collection}/broken?force=false`, { 'content-length': String(40 * MIB) });
      upload.on('error', () => undefined);
      for (const chunk of numbered(sent)) if (!upload.write(chunk)) await once(upload, 'drain');
      upload.destroy();
      expect((await get('broken')).resume().statusCode).toBe(404);
      await vi.waitFor(async () => expect(await files()).toEqual(before), 10_000);
    }
  });

  test('that are damaged never arrive whole', async () => {
    const before = await files();
    await put('damaged', numbered(2 * MIB));
    const [file = ''] = (await files()).filter((name) => !before.includes(name));
    const bytes = await readFile(file);
    bytes[MIB + 5]! ^= 1;
    await writeFile(file, bytes);
    await expect(get('damaged').then(read)).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(api.output.stderr).toContain("object 'damaged' is damaged"));
    await store.put(basename(file), Readable.from([Buffer.from('something else')]));
    const answer = await get('damaged');
    expect(answer.statusCode).toBe(503);
    expect(String(await answer.toArray())).toContain("object 'damaged' is damaged");
  });

  test('whose bytes are gone are an error that the log tells of', async () => {
    const before = await files();
    await put('gone', numbered(10));
    const [file = ''] = (await files()).filter((name) => !before.includes(name));
    await store.remove(basename(file));
    expect((await get('gone')).resume().statusCode).toBe(404);
    await vi.waitFor(() => expect(api.output.stderr).toContain("the bytes of object 'gone' does not exist"));
  });
});
