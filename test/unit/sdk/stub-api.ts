import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface StubApi {
  readonly url: string;
  /** `METHOD path` of all requests so far. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export type StubAnswer = { status: number; body?: unknown } | 'never' | undefined;

export interface StubBehaviour {
  /** Answers a plain request: with 404 if undefined, not at all if 'never'. */
  onRequest?(request: IncomingMessage, body: string): StubAnswer;
  /** Talks on an accepted socket. */
  onSocket?(socket: WebSocket, request: IncomingMessage): void;
  /** Answers an upgrade request with this status instead of accepting it. */
  refuseUpgradeWith?: number;
}

/** A server with the wire behaviour that a test describes, on a free port. */
export async function startStubApi(behaviour: StubBehaviour): Promise<StubApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void readBody(request).then((body) => respond(response, behaviour.onRequest?.(request, body)));
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    requests.push(`GET ${request.url}`);
    if (behaviour.refuseUpgradeWith !== undefined) {
      const text = JSON.stringify({ request_id: 'r-1', message: 'not for you' });
      socket.end(`HTTP/1.1 ${behaviour.refuseUpgradeWith} No\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    } else {
      sockets.handleUpgrade(request, socket, head, (accepted) => behaviour.onSocket?.(accepted, request));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function respond(response: ServerResponse, answer: StubAnswer): void {
  if (answer === 'never') return;
  const { status, body } = answer ?? { status: 404, body: { request_id: 'r-0', message: 'no such thing' } };
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r-header' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
