import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  NoSuchUpload,
  paginateListObjectsV2,
  S3Client,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { isBlobName, shardOf, type ByteRange, type ListedBlob, type ObjectStore } from './contract.ts';
import { Meter } from './meter.ts';
import { notePassed } from './young-buffers.ts';

/** Where the bucket is. Credentials come from where the SDK looks for them: the environment, files, the machine's role. */
export interface S3Options {
  /** Of a server that is not Amazon's, for example `https://minio.example.org`. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** The bucket stands in the path instead of the host name. */
  readonly pathStyle: boolean;
  /** Comes before every key. */
  readonly prefix: string;
}

/** An upload holds this many parts of this many bytes in memory. S3 allows 10,000 parts, so this is enough for 83 GB. */
const PARTS_AT_ONCE = 4;
const PART_SIZE = 8 * 1024 * 1024;

/** How long connecting may take, and how long a connection may be silent, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 60_000;

/** So much of a download waits for its reader, in bytes. */
const BUFFER_SIZE = 256 * 1024;

/** How often a request is tried, and how often a download that breaks off goes on where it was. */
const ATTEMPTS = 4;

/** Keeps the bytes of objects in a bucket of S3 or of a server that speaks its protocol. */
export function createS3ObjectStore(options: S3Options): ObjectStore {
  const { bucket } = options;
  const client = connect(options);
  const prefix = options.prefix.replace(/\/*$/, options.prefix === '' ? '' : '/');
  const place = (blob: string) => ({ Bucket: bucket, Key: `${prefix}${shardOf(blob)}/${blob}` });
  return {
    async put(blob, bytes) {
      const meter = new Meter();
      const body = Readable.from(meter.pass(bytes));
      const params = { ...place(blob), Body: body, ContentType: 'application/octet-stream' };
      try {
        await new Upload({ client, params, partSize: PART_SIZE, queueSize: PARTS_AT_ONCE }).done();
      } finally {
        body.destroy();
      }
      return meter.result();
    },
    get: (blob, range) => download(client, place(blob), range),
    async remove(blob) {
      await client.send(new DeleteObjectCommand(place(blob)));
    },
    list: (shard) => listBlobs(client, bucket, `${prefix}${shard}/`),
    removeDrafts: (before) => abortUploads(client, bucket, prefix, before),
  };
}

function connect({ endpoint, region, pathStyle }: S3Options): S3Client {
  // Every upload and download holds connections for as long as its client likes; none may wait for another's.
  const agent = { maxSockets: Infinity };
  return new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    region,
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
    // Servers other than Amazon's do not know the newer checksums; ours, in the database, spans the whole way.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

async function download(client: S3Client, place: Place, range: ByteRange | undefined): Promise<Readable | undefined> {
  try {
    return resuming(await open(client, place, range), (done) =>
      open(client, place, { start: (range?.start ?? 0) + done, end: range?.end }),
    );
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/**
 * Goes on where it was when the connection breaks, or when the server took a pause of the reader's for silence.
 *
 * @param reopen gets the bytes behind those that there were
 */
function resuming(first: Readable, reopen: (done: number) => Promise<Readable>): Readable {
  let body = first;
  async function* read() {
    let done = 0;
    for (let failures = 0; ;) {
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          done += chunk.length;
          failures = 0;
          notePassed(chunk.length);
          yield chunk;
        }
        return;
      } catch (error) {
        failures += 1;
        if (failures >= ATTEMPTS || stream.destroyed) throw error;
        body = await reopen(done);
      }
    }
  }
  const stream = Readable.from(read(), { objectMode: false, highWaterMark: BUFFER_SIZE });
  // Also if nobody has begun to read.
  return stream.once('close', () => body.destroy());
}

async function open(
  client: S3Client,
  place: Place,
  range: { start: number; end?: number | undefined } = { start: 0 },
): Promise<Readable> {
  const { start, end } = range;
  const whole = start === 0 && end === undefined;
  const header = whole ? {} : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` };
  const { Body: body } = await client.send(new GetObjectCommand({ ...place, ...header }));
  if (!(body instanceof Readable)) throw new Error(`${place.Key} came without a body`);
  return body;
}

async function* listBlobs(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<ListedBlob, void, undefined> {
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key: key = '', Size: size = 0, LastModified: stored = new Date() } of page.Contents ?? []) {
      const blob = key.slice(prefix.length);
      if (isBlobName(blob)) yield { blob, size, stored };
    }
  }
}

async function abortUploads(client: S3Client, bucket: string, prefix: string, before: Date): Promise<number> {
  let aborted = 0;
  let next: ListMultipartUploadsCommandInput | undefined = { Bucket: bucket, Prefix: prefix };
  while (next) {
    // Some servers say so of a bucket that never had an upload.
    const page: ListMultipartUploadsCommandOutput | undefined = await unlessNoUpload(
      client.send(new ListMultipartUploadsCommand(next)),
    );
    for (const { Key: key, UploadId: id, Initiated: begun } of page?.Uploads ?? []) {
      if (key === undefined || id === undefined || begun === undefined || begun >= before) continue;
      if (!isBlobName(key.slice(prefix.length + 'ff/'.length))) continue;
      await unlessNoUpload(client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id })));
      aborted += 1;
    }
    next = page?.IsTruncated
      ? { ...next, KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : undefined;
  }
  return aborted;
}

async function unlessNoUpload<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof NoSuchUpload) return undefined;
    throw error;
  }
}
