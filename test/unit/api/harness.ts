import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';

import { pino } from 'pino';

import { ANONYMOUS, type Authenticate, type Authorise } from '../../../api/access.ts';
import { type AppOptions, createApp } from '../../../api/app.ts';
import { type OpenApiDocument, readRoutes } from '../../../api/document.ts';
import type { ByteHandlers, Handlers, StreamHandlers, TerminalHandlers } from '../../../api/handlers.ts';
import { startServer, type TlsFiles } from '../../../api/server.ts';
import { ErrorKind, GoferError } from '../../../core/errors.ts';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
/** What every good request carries. */
export const GOOD = { authorization: 'Bearer good', 'gofer-api-version': 'v0' };

const documentFile = new URL('../../../generated/openapi.json', import.meta.url);

export function readDocument(): OpenApiDocument {
  return JSON.parse(readFileSync(documentFile, 'utf8')) as OpenApiDocument;
}

const authenticate: Authenticate = async (header) => {
  if (!header?.startsWith('Bearer ')) throw new GoferError(ErrorKind.Invalid, 'no bearer token');
  if (header !== 'Bearer good') throw new GoferError(ErrorKind.Unauthenticated, 'unknown token');
  return { tokenId: 't1', user: 'sam', roles: ['admin'] };
};

/** Everybody with a valid token may do everything. */
const authorise: Authorise = (caller) => {
  if (caller === ANONYMOUS) throw new GoferError(ErrorKind.Forbidden, 'this needs a token');
};

/** For every operation a handler that is unavailable, whatever kind of handler it needs. */
function missingHandlers<Table>(document: OpenApiDocument): Table {
  const missing = async () => {
    throw new GoferError(ErrorKind.Unavailable, 'not part of this test');
  };
  return Object.fromEntries(readRoutes(document).map((route) => [route.operationId, missing])) as Table;
}

export interface TestApi extends AsyncDisposable {
  readonly url: string;
  /** All lines the server logged. */
  readonly log: readonly Record<string, unknown>[];
  readonly close: () => Promise<void>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as it is if a string, else as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly text: string;
  /** The text as JSON, typed for what tests look at. */
  json(): { readonly request_id: string; readonly error_code?: string; readonly message: string };
}

type HandlerTables = 'handlers' | 'streamHandlers' | 'byteHandlers' | 'terminalHandlers';
type TestOptions = Partial<Omit<AppOptions, HandlerTables | 'logger'>> & {
  readonly handlers?: Partial<Handlers>;
  readonly streamHandlers?: Partial<StreamHandlers>;
  readonly byteHandlers?: Partial<ByteHandlers>;
  readonly terminalHandlers?: Partial<TerminalHandlers>;
  readonly drainMs?: number;
  readonly tls?: TlsFiles;
};

/** A real server on a free port. */
export async function startTestApi(options: TestOptions = {}): Promise<TestApi> {
  const document = options.document ?? readDocument();
  const log: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) });
  const app = await createApp({
    authenticate,
    authorise,
    validateResponses: true,
    ...options,
    document,
    logger,
    handlers: {
      ...missingHandlers<Handlers>(document),
      get_system_metadata: async () => ({ status: 200, body: { commit: COMMIT, semver: '0.9.1' } }),
      ...options.handlers,
    },
    streamHandlers: { ...missingHandlers<StreamHandlers>(document), ...options.streamHandlers },
    byteHandlers: { ...missingHandlers<ByteHandlers>(document), ...options.byteHandlers },
    terminalHandlers: { ...missingHandlers<TerminalHandlers>(document), ...options.terminalHandlers },
  });
  const server = await startServer(app, {
    host: '127.0.0.1',
    port: 0,
    drainMs: options.drainMs ?? 5000,
    ...(options.tls && { tls: options.tls }),
  });
  return {
    url: server.url,
    log,
    close: () => server.close(),
    call: (method, path, call) => send(server.url, method, path, call),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A request whose path and headers arrive exactly as they are given. */
async function send(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { headers = GOOD, body } = options;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port } = new URL(url);
  const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
  const request = httpRequest({ hostname, port, method, path, headers: { ...length, ...headers }, agent: false });
  request.end(text);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    text: answer,
    json: () => JSON.parse(answer) as ReturnType<Answer['json']>,
  };
}

/** For handlers that go on until they are told to stop. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

export function conflict(message: string): GoferError {
  return new GoferError(ErrorKind.Conflict, message);
}
