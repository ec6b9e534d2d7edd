import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { notFound } from '../core/errors.ts';
import type { ExternalRequest } from '../store/external-events.ts';
import { errorReply, sendError } from './errors.ts';
import type { TlsFiles } from './server.ts';

const ROUTE = /^\/api\/external\/([^/]+)$/;
/** Everything else is dropped, because an extension gets headers as texts (contract, extensions §3). */
const VISIBLE_ASCII = /^[\x20-\x7e]*$/;
/** How long a request may take to arrive, in milliseconds. */
const READ_TIMEOUT_MS = 120_000;
/** How many times the limit is read of a body that is too large. */
const PATIENCE = 8;

export interface ExternalEventsOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls?: TlsFiles;
  /** The most bytes of a body. */
  readonly bodyLimit: number;
  readonly logger: Logger;
  /** Resolves once the request is stored; throws a GoferError that the sender may see. */
  readonly accept: (extension: string, request: ExternalRequest) => Promise<void>;
}

export interface RunningListener {
  /** Without a trailing slash. */
  readonly url: string;
  /** Takes no more requests and waits for those under way. */
  close(): Promise<void>;
}

/** Starts the listener for external events (contract, api-behaviour §16). It knows nobody and asks for no token. */
export async function startExternalEvents(options: ExternalEventsOptions): Promise<RunningListener> {
  const { host, port, tls } = options;
  const settings = { requestTimeout: READ_TIMEOUT_MS };
  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(options, request, response);
  const server = tls ? createTlsServer({ ...settings, ...tls }, listener) : createServer(settings, listener);
  server.listen(port, host);
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${actual}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

/** Never rejects. */
async function answer(
  { bodyLimit, accept, logger }: ExternalEventsOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const [path = ''] = (request.url ?? '').split('?');
    const extension = extensionOf(path);
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return refuse(request, response, requestId, 405, `only POST is possible on '${path}'`);
    }
    const body = await readBody(request, bodyLimit);
    if (!body) return refuse(request, response, requestId, 413, `the body has more than ${bodyLimit} bytes`);
    await accept(extension, { headers: readHeaders(request), body });
    response.writeHead(204, { 'x-request-id': requestId }).end();
  } catch (error) {
    const reply = errorReply(error);
    if (reply.status === 500) logger.error({ err: error, request_id: requestId }, 'external event failed');
    refuse(request, response, requestId, reply.status, reply.message);
  }
}

function extensionOf(path: string): string {
  const encoded = ROUTE.exec(path)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // Not a name of anything.
  }
  throw notFound('path', path);
}

/** What is not read of the body goes down with the connection. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  status: number,
  message: string,
): void {
  if (!request.complete) response.setHeader('connection', 'close');
  sendError(response, requestId, { status, message });
}

/** The bytes as they came; nothing if they are too many. Those are read all the same: who sends does not listen yet. */
async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
    if (size > limit * PATIENCE) return undefined;
  }
  return size <= limit ? Uint8Array.from(Buffer.concat(chunks, size)) : undefined;
}

function readHeaders({ headersDistinct }: IncomingMessage): Readonly<Record<string, string>> {
  const headers = Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')] as const);
  return Object.fromEntries(headers.filter(([, value]) => VISIBLE_ASCII.test(value)));
}
