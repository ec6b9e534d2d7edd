import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import express, { type Application, type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Logger } from 'pino';

import { GoferError, notFound } from '../core/errors.ts';
import { Access, type Authenticate, type Authorise, type Resume } from './access.ts';
import { createConsole } from './console.ts';
import { type OpenApiDocument, readRoutes } from './document.ts';
import { createDocs, securityHeaders } from './docs.ts';
import { errorReply, sendError } from './errors.ts';
import { UPLOAD_LIMITS, type UploadLimits } from './bytes/upload.ts';
import type { ByteHandlers, Handlers, StreamHandlers, TerminalHandlers } from './handlers.ts';
import { BodyReader } from './middleware/body.ts';
import { FailedLogins } from './middleware/failed-logins.ts';
import { logAccess, openScope, scopeOf } from './middleware/scope.ts';
import { Validator } from './middleware/validator.ts';
import { createRouter, refuseMethod } from './router.ts';
import { StreamHost } from './streams/stream-host.ts';
import { Upgrader } from './streams/upgrade.ts';
import { normaliseUrl, splitUrl } from './url.ts';

const DEADLINE_MS = 60_000;

/** What the API tells of its requests, and how it shows what was told. */
export interface RequestMetrics {
  requested(operation: string, status: number, seconds: number): void;
  readonly contentType: string;
  render(): Promise<string>;
}

export interface AppOptions {
  /** The bundled OpenAPI document. */
  readonly document: OpenApiDocument;
  readonly handlers: Handlers;
  readonly streamHandlers: StreamHandlers;
  readonly byteHandlers: ByteHandlers;
  readonly terminalHandlers: TerminalHandlers;
  readonly authenticate: Authenticate;
  readonly authorise: Authorise;
  /** Without it browsers cannot sign in. */
  readonly resume?: Resume;
  readonly logger: Logger;
  /** Answer 500 rather than send what the document does not allow. Costs time: for tests and development. */
  readonly validateResponses: boolean;
  /** The most bytes of a JSON body; the contract's 500 MiB by default. */
  readonly bodyLimit?: number;
  /** The contract's 50,000,000,000 bytes and two minutes by default. */
  readonly uploadLimits?: UploadLimits;
  /** How long a handler may take to answer with JSON; a minute by default. */
  readonly deadlineMs?: number;
  /** How many bad tokens one address may send in a minute; 0, the default, for any number. */
  readonly failedLoginsPerMinute?: number;
  /** Counts requests, and shows everything that is counted under /metrics. */
  readonly metrics?: RequestMetrics;
  /** Resolves if requests can be served, throws why not. */
  readonly ready?: () => Promise<void>;
  /** The folder with the console; without it there is none. */
  readonly consoleFolder?: string;
}

/** The API without a port. */
export interface App {
  readonly app: Application;
  /** Whether a request is to be handed to `handleUpgrade`. */
  readonly wantsUpgrade: (request: IncomingMessage) => boolean;
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
  /** Ends all streams; no new ones are taken. */
  readonly stopStreams: () => void;
  /** Aborts what is still under way. */
  readonly abort: () => void;
}

/** @throws Error if the document is not valid or an operation has no handler. */
export async function createApp(options: AppOptions): Promise<App> {
  const { document, logger, validateResponses } = options;
  const routes = readRoutes(document);
  const access = new Access({ ...options, failed: new FailedLogins(options.failedLoginsPerMinute ?? 0) });
  const streams = new StreamHost();
  const stopping = new AbortController();
  const app = bareApplication();
  const validator = await Validator.create(document, validateResponses, app);
  const body = new BodyReader(options.bodyLimit);
  const { uploadLimits = UPLOAD_LIMITS } = options;
  const { deadlineMs = DEADLINE_MS } = options;
  const shared = { ...options, routes, access, streams, uploadLimits, deadlineMs, stopping: stopping.signal };
  const upgrader = new Upgrader(shared);

  app.use(beginRequest(logger, options.metrics));
  app.use(securityHeaders);
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok'));
  app.get('/readyz', answerReady(options.ready));
  if (options.metrics) app.get('/metrics', answerMetrics(options.metrics));
  app.use(createDocs(document));
  app.use(createRouter({ ...shared, body, validator }));
  if (options.consoleFolder !== undefined) app.use(createConsole(options.consoleFolder));
  app.use(answerUnknown);
  app.use(answerError);
  return {
    app,
    wantsUpgrade: (request) => upgrader.wants(request),
    handleUpgrade: (request, socket, head) => upgrader.handle(request, socket, head),
    stopStreams: () => streams.stop(),
    abort: () => {
      stopping.abort(new Error('the server is shutting down'));
      upgrader.terminate();
    },
  };
}

function bareApplication(): Application {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  return app;
}

function beginRequest(logger: Logger, metrics: RequestMetrics | undefined): RequestHandler {
  return (request, response, next) => {
    const scope = openScope(request, logger);
    response.setHeader('x-request-id', scope.id);
    response.once('close', () => {
      logAccess(request, { status: response.statusCode });
      const seconds = (performance.now() - scope.started) / 1000;
      if (scope.operationId) metrics?.requested(scope.operationId, response.statusCode, seconds);
    });
    request.url = normaliseUrl(request.url);
    request.originalUrl = request.url;
    next();
  };
}

function answerMetrics(metrics: RequestMetrics): RequestHandler {
  return async (_request, response) => {
    response.setHeader('content-type', metrics.contentType);
    response.end(await metrics.render());
  };
}

function answerReady(ready: () => Promise<void> = async () => {}): RequestHandler {
  return async (request, response) => {
    try {
      await ready();
      response.type('text/plain').send('ready');
    } catch (error) {
      scopeOf(request).log.warn({ err: error }, 'not ready');
      const why = error instanceof GoferError ? error.message : 'not ready';
      response.status(503).type('text/plain').send(why);
    }
  };
}

const NOT_FOUND_PAGE = '<!doctype html><html lang="en"><title>Not Found</title><h1>Not Found</h1></html>\n';

const answerUnknown: RequestHandler = (request, response) => {
  const { path } = splitUrl(request.url);
  if (path === '/api' || path.startsWith('/api/')) throw notFound('path', path);
  if (request.method !== 'GET') refuseMethod(request, response, ['GET']);
  else response.status(404).setHeader('content-type', 'text/html').end(NOT_FOUND_PAGE);
};

const answerError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  const { id, log } = scopeOf(request);
  const reply = errorReply(error);
  if (reply.status === 500) log.error({ err: error }, 'request failed');
  sendError(response, id, reply);
};
