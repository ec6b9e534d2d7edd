import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';

import { ensureError, invalid, notFound } from '../../core/errors.ts';
import type { Access } from '../access.ts';
import type { Route } from '../document.ts';
import { errorReply, sendError } from '../errors.ts';
import type { RequestContext, StreamHandlers, TerminalHandlers } from '../handlers.ts';
import { logAccess, openScope, scopeOf } from '../middleware/scope.ts';
import { readParameters } from '../parameters.ts';
import { handlerOf } from '../registry.ts';
import { matchPath, normaliseUrl, splitUrl } from '../url.ts';
import type { AnyStreamHandler, AnyTerminalHandler, StreamHost } from './stream-host.ts';
import { webSocketTerminal, webSocketText } from './web-socket.ts';

/** What a client sends is ignored, so it need not be much. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

export interface UpgraderOptions {
  readonly routes: readonly Route[];
  readonly streamHandlers: StreamHandlers;
  readonly terminalHandlers: TerminalHandlers;
  readonly access: Access;
  readonly streams: StreamHost;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/** What may still refuse in plain HTTP, and then what happens on the web socket. */
type Prepare = (
  input: Parameters<AnyStreamHandler>[0],
  context: RequestContext,
) => Promise<(client: WebSocket, log: Logger) => Promise<void>>;

/** Turns requests into web sockets. Whatever speaks against that is answered in plain HTTP, before the upgrade. */
export class Upgrader {
  readonly #options: UpgraderOptions;
  readonly #routes: readonly { readonly route: Route; readonly prepare: Prepare }[];
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_PAYLOAD_BYTES });

  constructor(options: UpgraderOptions) {
    this.#options = options;
    const routes = options.routes.filter((route) => route.webSocket);
    this.#routes = routes.map((route) => ({ route, prepare: preparation(route, options) }));
    this.#server.on('headers', (headers, request) => headers.push(`x-request-id: ${scopeOf(request).id}`));
    this.#server.on('wsClientError', (error, socket, request) => refuse(request, socket, headerError(error.message)));
  }

  /** Whether a request asks for one of our web sockets. All others, also those that want to speak HTTP/2, stay with HTTP. */
  wants(request: IncomingMessage): boolean {
    if (request.method !== 'GET' || !/websocket/i.test(request.headers.upgrade ?? '')) return false;
    try {
      return this.#match(request) !== undefined;
    } catch {
      return false;
    }
  }

  /** For `server.on('upgrade')`. */
  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { access, logger, stopping } = this.#options;
    const scope = openScope(request, logger);
    socket.on('error', (error) => scope.log.debug({ err: error }, 'connection lost'));
    try {
      const match = this.#match(request);
      if (!match) throw notFound('web socket', splitUrl(request.url ?? '').path);
      const { route, prepare } = match;
      scope.operationId = route.operationId;
      const parameters = readParameters(route, match.path, match.query);
      checkUpgradeHeaders(request);
      scope.caller = await access.admit(route, request, parameters.path);
      const context = { requestId: scope.id, caller: scope.caller, signal: stopping };
      const serve = await prepare({ ...parameters, body: undefined }, context);
      this.#server.handleUpgrade(request, socket, head, (client) => {
        client.once('close', (code) => logAccess(request, { close_code: code }));
        void serve(client, scope.log);
      });
    } catch (error) {
      refuse(request, socket, error);
    }
  }

  /** Drops the clients that are still there. */
  terminate(): void {
    for (const client of this.#server.clients) client.terminate();
  }

  #match(request: IncomingMessage) {
    const { path, query } = splitUrl(normaliseUrl(request.url ?? ''));
    for (const { route, prepare } of this.#routes) {
      const parameters = matchPath(route, path);
      if (parameters) return { route, prepare, path: parameters, query };
    }
    return undefined;
  }
}

function preparation({ operationId, webSocket }: Route, options: UpgraderOptions): Prepare {
  const { streams } = options;
  if (webSocket === 'terminal') {
    const handler = handlerOf<AnyTerminalHandler>(options.terminalHandlers, operationId);
    return async (input, context) => {
      const session = await handler(input, context);
      return (client, log) => {
        const terminal = webSocketTerminal(client);
        return streams.serve(log, terminal, () => session(terminal));
      };
    };
  }
  const handler = handlerOf<AnyStreamHandler>(options.streamHandlers, operationId);
  return async (input, context) => (client, log) => {
    const text = webSocketText(client);
    return streams.serve(log, text, () => handler(input, context, text));
  };
}

/** The contract's checks in its order (§1.11); the ones of the library come after them. */
function checkUpgradeHeaders({ headers }: IncomingMessage): void {
  const tokens = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  if (!tokens.includes('upgrade')) throw headerError('Connection must contain upgrade');
  if (!/websocket/i.test(headers.upgrade ?? '')) throw headerError('Upgrade must contain websocket');
  if (headers['sec-websocket-version'] !== '13') throw headerError('Sec-WebSocket-Version must be 13');
  if (headers['sec-websocket-key'] === undefined) throw headerError('Sec-WebSocket-Key is required');
}

/** @throws GoferError that says what the request lacks of an upgrade. */
export function refuseWithoutUpgrade(request: IncomingMessage): never {
  checkUpgradeHeaders(request);
  throw headerError('the connection cannot be upgraded');
}

function headerError(message: string): Error {
  return invalid('this is a web socket', [{ path: 'header', message }]);
}

function refuse(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
  const scope = scopeOf(request);
  const reply = errorReply(thrown);
  if (reply.status === 500) scope.log.error({ err: ensureError(thrown) }, 'upgrade failed');
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<typeof response.assignSocket>[0]);
  response.once('finish', () => {
    logAccess(request, { status: reply.status });
    socket.end();
  });
  sendError(response, scope.id, reply);
}
