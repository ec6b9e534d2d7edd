import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';

/**
 * Starts the listener for external events (contract, api-behaviour §16). No extension can be installed yet, so each event
 * gets the contract's answer for an unknown one.
 */
export async function startExternalEvents(
  host: string,
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const app = express();
  app.disable('x-powered-by');
  app.post('/api/external/:extension_id', (request, response) => {
    response.status(400).json({ message: `extension '${request.params.extension_id}' is not installed` });
  });
  const server = createServer(app);
  server.listen(port, host);
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${actual}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
