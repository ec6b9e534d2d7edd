import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { TlsFiles } from './server.ts';

/**
 * Starts the listener for external events (contract, api-behaviour §16). No extension runs yet, so each event gets the
 * contract's answer for an unknown one.
 */
export async function startExternalEvents(options: {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles;
}): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, tls } = options;
  const app = express();
  app.disable('x-powered-by');
  app.post('/api/external/:extension_id', (request, response) => {
    response.status(400).json({ message: `extension '${request.params.extension_id}' does not run` });
  });
  const server = tls ? createTlsServer(tls, app) : createServer(app);
  server.listen(port, host);
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${actual}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
