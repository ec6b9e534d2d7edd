import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { App } from './app.ts';

/** How long a request may take to arrive: the largest uploads over a slow line. Idle ones and other bodies have limits of their own. */
const MAX_REQUEST_MS = 24 * 60 * 60 * 1000;

/** A certificate and its key, as PEM texts. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** PEM texts; without them it speaks plain HTTP. */
  readonly tls?: TlsFiles;
  /** How long requests under way get to finish when the server closes; 10,000 by default. */
  readonly drainMs?: number;
}

export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string;
  /** Takes no more connections, ends all streams, and waits for requests under way, but not for ever. */
  close(): Promise<void>;
}

/** @throws Error if the address cannot be listened on. */
export async function startServer(
  app: App,
  { host, port, tls, drainMs = 10_000 }: ServerOptions,
): Promise<RunningServer> {
  const settings = { shouldUpgradeCallback: app.wantsUpgrade, requestTimeout: MAX_REQUEST_MS };
  const server = tls ? createTlsServer({ ...settings, ...tls }, app.app) : createServer(settings, app.app);
  server.on('upgrade', (request, socket, head) => void app.handleUpgrade(request, socket, head));
  const letGo = trackResponses(server);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: urlOf(server.address() as AddressInfo, tls ? 'https' : 'http'),
    async close() {
      const closed = once(server, 'close');
      server.close();
      letGo();
      app.stopStreams();
      const deadline = setTimeout(() => {
        app.abort();
        server.closeAllConnections();
      }, drainMs);
      await closed;
      clearTimeout(deadline);
    },
  };
}

/**
 * Returns a function that makes every response from then on the last one of its connection: a server that closes waits for
 * connections, and clients keep theirs for the next request.
 */
function trackResponses(server: Server): () => void {
  const open = new Set<ServerResponse>();
  let closing = false;
  const endConnection = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close');
  };
  server.prependListener('request', (_request, response) => {
    if (closing) endConnection(response);
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  return () => {
    closing = true;
    for (const response of open) endConnection(response);
  };
}

function urlOf({ address, family, port }: AddressInfo, scheme: string): string {
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
