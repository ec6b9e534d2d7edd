import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { pipeline } from '../sdk/index.ts';
import { GoferClient } from '../sdk/client.ts';
import { startCluster, temporaryFolder } from '../test/helpers/cluster.ts';
import { type S3Server, startS3 } from '../test/helpers/s3.ts';

const run = promisify(execFile);

const MIB = 1024 * 1024;
/** Files are read and written in pieces of this size. */
const LARGE = { highWaterMark: MIB };

/** One object on its way in or out, in milliseconds. */
export interface ObjectCase {
  readonly name: string;
  readonly against: string;
  /** In bytes. */
  readonly size: number;
  readonly repetitions: number;
  readonly bare: () => Promise<unknown>;
  readonly gofer: () => Promise<unknown>;
}

/**
 * Puts and gets of 4 KB and 256 MB through the API, against a copy of a file that is as durable, and against a bare S3
 * client on the same server. Everything goes from a file or to a file.
 */
export async function openObjectCases(): Promise<{ cases: readonly ObjectCase[]; close(): Promise<void> }> {
  const folder = await temporaryFolder();
  const s3 = await startS3(join(folder, 's3'));
  const [files, bucket] = [await openGofer({}), await openGofer(s3Settings(s3))];
  const bareS3 = openBareS3(s3);
  const cases: ObjectCase[] = [];
  for (const [label, size, repetitions] of [
    ['4 KB', 4096, 60],
    ['256 MB', 256 * MIB, 9],
  ] as const) {
    const source = join(folder, `source-${size}`);
    const target = join(folder, `target-${size}`);
    await writeFile(source, randomBytes(size));
    await copyDurably(source, `${source}.copy`);
    const common = { size, repetitions };
    cases.push(
      {
        ...{ name: `put ${label}`, against: 'file copy', ...common },
        bare: () => copyDurably(source, `${source}.copy`),
        gofer: () => files.put(source, size),
      },
      {
        ...{ name: `get ${label}`, against: 'file copy', ...common },
        bare: () => copy(`${source}.copy`, target),
        gofer: () => files.get(target, size),
      },
      {
        ...{ name: `put ${label}`, against: 'S3 client', ...common },
        bare: () => bareS3.put(source),
        gofer: () => bucket.put(source, size),
      },
      {
        ...{ name: `get ${label}`, against: 'S3 client', ...common },
        bare: () => bareS3.get(target),
        gofer: () => bucket.get(target, size),
      },
    );
  }
  return {
    cases,
    async close() {
      await files.stop();
      await bucket.stop();
      await s3.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const s3Settings = (s3: S3Server) => ({
  ...s3.credentials,
  GOFER_WEB_OBJECT_STORE__ENGINE: 's3',
  GOFER_WEB_OBJECT_STORE__S3__ENDPOINT: s3.endpoint,
  GOFER_WEB_OBJECT_STORE__S3__BUCKET: s3.bucket,
  GOFER_WEB_OBJECT_STORE__S3__PATH_STYLE: 'true',
});

async function copy(source: string, target: string): Promise<void> {
  await pump(createReadStream(source, LARGE), createWriteStream(target, LARGE));
}

/** What a store has to do as well before it may say that something is stored. */
async function copyDurably(source: string, target: string): Promise<void> {
  await copy(source, target);
  const file = await open(target, 'r');
  await file.sync();
  await file.close();
}

function openBareS3({ endpoint, bucket, credentials }: S3Server) {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY },
  });
  const place = { Bucket: bucket, Key: 'bare' };
  return {
    put: (source: string) => new Upload({ client, params: { ...place, Body: createReadStream(source, LARGE) } }).done(),
    async get(target: string) {
      const { Body: body } = await client.send(new GetObjectCommand(place));
      if (body instanceof Readable) await pump(body, createWriteStream(target, LARGE));
    },
  };
}

/**
 * Gofer with a store of its own; what is put is what is got. The client is `curl`, which containers have as well, except for
 * small objects, for which a process would take longer than they do.
 */
async function openGofer(settings: NodeJS.ProcessEnv) {
  const cluster = await startCluster({ GOFER_WEB_SCHEDULER__ENGINE: 'none', ...settings });
  const { apiUrl, token } = cluster.addresses;
  const gofer = new GoferClient({ apiBaseUrl: apiUrl, token });
  await gofer.configs.register('default', pipeline('bench').toDocument());
  const place = { namespace: 'default', pipeline: 'bench' };
  const url = `${apiUrl}/api/namespaces/default/pipelines/bench/objects/key`;
  const headers = [`authorization: Bearer ${token}`, 'gofer-api-version: v0', 'content-type: application/octet-stream'];
  const curl = (...args: readonly string[]) =>
    run('curl', ['--silent', '--show-error', '--fail', ...headers.flatMap((header) => ['--header', header]), ...args]);
  return {
    stop: () => cluster.stop(),
    put: (source: string, size: number) =>
      size < MIB
        ? gofer.objects.put(place, 'key', Readable.toWeb(createReadStream(source)) as ReadableStream<Uint8Array>, true)
        : curl('--request', 'POST', '--upload-file', source, '--output', '/dev/null', `${url}?force=true`),
    async get(target: string, size: number) {
      if (size >= MIB) return curl('--output', target, url);
      const { bytes } = await gofer.objects.get(place, 'key');
      return writeFile(target, bytes);
    },
  };
}
