import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Bytes to answer with. The stream is destroyed when the client goes away. */
export interface Download {
  readonly status: 200;
  readonly stream: Readable;
  /** In bytes, if it is known. */
  readonly size?: number;
  /** 64 hexadecimal digits, if it is known. */
  readonly sha256?: string;
}

/**
 * Sends at the pace of the client. Resolves with whether all was sent: false if the client went away.
 * @throws what the stream throws; the response is cut off then.
 */
export async function sendDownload(response: ServerResponse, download: Download): Promise<boolean> {
  const { status, stream, size, sha256 } = download;
  response.statusCode = status;
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('x-content-type-options', 'nosniff');
  if (size !== undefined) response.setHeader('content-length', size);
  if (sha256 !== undefined) {
    response.setHeader('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  }
  try {
    await pipeline(stream, response);
    return true;
  } catch (error) {
    if (isEarlyClose(error)) return false;
    throw error;
  }
}

function isEarlyClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
