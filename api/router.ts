import type { Readable } from 'node:stream';

import express, { type Request, type Response, type Router } from 'express';

import { GoferError } from '../core/errors.ts';
import type { Access } from './access.ts';
import { type Download, sendDownload } from './bytes/download.ts';
import { discardRest, openUpload, type UploadLimits } from './bytes/upload.ts';
import type { Method, Route } from './document.ts';
import { sendError } from './errors.ts';
import type { ByteHandlers, Handlers, RequestContext, StreamHandlers } from './handlers.ts';
import type { BodyReader } from './middleware/body.ts';
import { withDeadline } from './middleware/deadline.ts';
import { scopeOf } from './middleware/scope.ts';
import type { Validator } from './middleware/validator.ts';
import { type ParameterValues, readParameters } from './parameters.ts';
import { handlerOf } from './registry.ts';
import { writeSession } from './session-cookie.ts';
import { eventStreamText } from './streams/event-stream.ts';
import type { AnyStreamHandler, StreamHost } from './streams/stream-host.ts';
import { refuseWithoutUpgrade } from './streams/upgrade.ts';
import { splitUrl } from './url.ts';

export interface RouterOptions {
  readonly routes: readonly Route[];
  readonly handlers: Handlers;
  readonly streamHandlers: StreamHandlers;
  readonly byteHandlers: ByteHandlers;
  readonly access: Access;
  readonly body: BodyReader;
  readonly uploadLimits: UploadLimits;
  readonly validator: Validator;
  /** The validator checks responses as well. */
  readonly validateResponses: boolean;
  readonly streams: StreamHost;
  readonly stopping: AbortSignal;
  /** How long a handler may take to answer with JSON. */
  readonly deadlineMs: number;
}

interface AnyInput<Body> {
  readonly path: ParameterValues;
  readonly query: ParameterValues;
  readonly body: Body;
}
interface AnyReply {
  readonly status: number;
  readonly body?: unknown;
  readonly session?: string | null;
}
type AnyHandler = (input: AnyInput<unknown>, context: RequestContext) => Promise<AnyReply>;
type AnyUploadHandler = (input: AnyInput<Readable>, context: RequestContext) => Promise<AnyReply>;
type AnyDownloadHandler = (input: AnyInput<undefined>, context: RequestContext) => Promise<Download>;

/** The routes of the document. Every path answers the methods it does not have with a 405, HEAD and OPTIONS as well. */
export function createRouter(options: RouterOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const path of new Set(options.routes.map((route) => route.path))) {
    const routes = options.routes.filter((route) => route.path === path);
    const expressPath = path.replaceAll(/\{(\w+)\}/g, ':$1');
    const methods = routes.map((route) => route.method);
    router.all(expressPath, (request, response, next) => {
      if (methods.some((method) => method === request.method)) next();
      else refuseMethod(request, response, methods);
    });
    for (const route of routes) {
      const method = route.method.toLowerCase() as Lowercase<Method>;
      const answer = answerFor(route, options);
      router[method](expressPath, async (request, response) => {
        scopeOf(request).operationId = route.operationId;
        await answer(request, response);
      });
    }
  }
  return router;
}

/** A 405. The contract wants one `Allow` header for each method. */
export function refuseMethod(request: Request, response: Response, methods: readonly Method[]): void {
  response.setHeader('allow', methods.toSorted());
  sendError(response, scopeOf(request).id, { status: 405, message: `${request.method} is not allowed here` });
}

type Answer = (request: Request, response: Response) => Promise<void>;

function answerFor(route: Route, options: RouterOptions): Answer {
  if (route.webSocket) return streamAnswer(route, options);
  if (route.upload) return uploadAnswer(route, options);
  return route.download ? downloadAnswer(route, options) : jsonAnswer(route, options);
}

/** The checks of the contract in its order (§1.4), then the handler. */
function jsonAnswer(route: Route, options: RouterOptions): Answer {
  const { access, body, validator, validateResponses, stopping, deadlineMs } = options;
  const handler = handlerOf<AnyHandler>(options.handlers, route.operationId);
  return async (request, response) => {
    const scope = scopeOf(request);
    const parameters = readParameters(route, request.params, splitUrl(request.url).query);
    response.json = sendJson;
    await body.read(route, request, response, () => access.identify(route, request));
    if (route.hasBody || validateResponses) await validator.check(request, response);
    scope.caller = await access.admit(route, request, parameters.path);
    const { caller } = scope;
    const reply = await withDeadline(request, deadlineMs, stopping, (signal) =>
      handler({ ...parameters, body: request.body }, { requestId: scope.id, caller, signal }),
    );
    if (reply.session !== undefined) writeSession(request, response, reply.session);
    sendReply(response, reply);
  };
}

/** Nothing of the body is read before it is known that the caller may send it. */
function uploadAnswer(route: Route, options: RouterOptions): Answer {
  const { access, validator, validateResponses, uploadLimits, stopping } = options;
  const handler = handlerOf<AnyUploadHandler>(options.byteHandlers, route.operationId);
  return async (request, response) => {
    const scope = scopeOf(request);
    try {
      const parameters = readParameters(route, request.params, splitUrl(request.url).query);
      scope.caller = await access.admit(route, request, parameters.path);
      response.json = sendJson;
      request.headers['content-type'] = 'application/octet-stream';
      if (validateResponses) await validator.check(request, response);
      const context = { requestId: scope.id, caller: scope.caller, signal: stopping };
      const body = openUpload(request, uploadLimits);
      try {
        sendReply(response, await handler({ ...parameters, body }, context));
      } finally {
        body.destroy();
      }
    } finally {
      discardRest(request);
    }
  };
}

function downloadAnswer(route: Route, options: RouterOptions): Answer {
  const handler = handlerOf<AnyDownloadHandler>(options.byteHandlers, route.operationId);
  return async (request, response) => {
    const scope = scopeOf(request);
    const parameters = readParameters(route, request.params, splitUrl(request.url).query);
    scope.caller = await options.access.admit(route, request, parameters.path);
    const context = { requestId: scope.id, caller: scope.caller, signal: options.stopping };
    const download = await handler({ ...parameters, body: undefined }, context);
    const outcome = await sendDownload(request, response, download).catch((error: unknown) => {
      // It is the store that fails, although it has words that a client may read.
      if (error instanceof GoferError) scope.log.error({ err: error }, 'download failed');
      throw error;
    });
    if (outcome === 'abandoned') scope.log.info('the client went away during the download');
    if (outcome === 'unsatisfiable' && 'size' in download) {
      sendError(response, scope.id, { status: 416, message: `there are only ${download.size} bytes` });
    }
  };
}

function sendReply(response: Response, { status, body }: AnyReply): void {
  response.status(status);
  if (body === undefined) response.end();
  else response.json(body);
}

/** Replaces Express's own, which adds a charset. The validator puts itself in front of it to see the body. */
function sendJson(this: Response, body: unknown): Response {
  const { mismatch } = scopeOf(this.req);
  if (mismatch) throw mismatch;
  const text = JSON.stringify(body);
  this.setHeader('content-type', 'application/json');
  this.setHeader('content-length', Buffer.byteLength(text));
  return this.end(text);
}

/** A web socket that was asked for without an upgrade: server-sent events if it has them, else a refusal. */
function streamAnswer(route: Route, { streamHandlers, access, streams, stopping }: RouterOptions): Answer {
  const handler = route.eventStream && handlerOf<AnyStreamHandler>(streamHandlers, route.operationId);
  return async (request, response) => {
    const scope = scopeOf(request);
    const parameters = readParameters(route, request.params, splitUrl(request.url).query);
    if (!handler || !request.headers.accept?.includes('text/event-stream')) refuseWithoutUpgrade(request);
    scope.caller = await access.admit(route, request, parameters.path);
    const context = { requestId: scope.id, caller: scope.caller, signal: stopping };
    const text = eventStreamText(response);
    await streams.serve(scope.log, text, () => handler({ ...parameters, body: undefined }, context, text));
  };
}
