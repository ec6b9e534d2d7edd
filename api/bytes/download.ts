import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { ByteRange } from '../../backends/objects/contract.ts';
import { requestedRange } from './range.ts';

/** What to answer with. */
export type Download = BytesDownload | TextDownload;

export interface TextDownload {
  readonly status: 200;
  /** UTF-8. The stream is destroyed when the client goes away. */
  readonly text: Readable;
}

export interface BytesDownload {
  readonly status: 200;
  /** In bytes. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Opens all of them or a range. The stream is destroyed when the client goes away. */
  readonly open: (range?: ByteRange) => Promise<Readable>;
}

/**
 * Sends all bytes or the range that the request asks for, at the pace of the client. Resolves with how that ended.
 *
 * @throws what opening or reading the bytes throws. If some of the response was sent by then it is cut off.
 */
export async function sendDownload(
  request: IncomingMessage,
  response: ServerResponse,
  download: Download,
): Promise<'complete' | 'abandoned' | 'unsatisfiable'> {
  if ('text' in download) {
    response.statusCode = download.status;
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.setHeader('x-content-type-options', 'nosniff');
    return send(download.text, response);
  }
  const { size, sha256 } = download;
  const etag = `"${sha256}"`;
  const range = requestedRange(request.headers, size, etag);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${size}`);
    return range;
  }
  const stream = await download.open(range);
  await firstBytes(stream);
  response.statusCode = range ? 206 : 200;
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('etag', etag);
  response.setHeader('content-length', range ? range.end - range.start : size);
  if (range) response.setHeader('content-range', `bytes ${range.start}-${range.end - 1}/${size}`);
  response.setHeader('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  return send(stream, response);
}

async function send(stream: Readable, response: ServerResponse): Promise<'complete' | 'abandoned'> {
  try {
    await pipeline(stream, response);
    return 'complete';
  } catch (error) {
    if (isEarlyClose(error)) return 'abandoned';
    throw error;
  }
}

/** Waits for them, so that what is wrong with them can still be told. */
async function firstBytes(stream: Readable): Promise<void> {
  if (stream.errored) throw stream.errored;
  if (stream.readableLength === 0) await once(stream, 'readable');
}

function isEarlyClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
