import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface VaultRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** What to answer instead of what Vault would; 'silence' never answers, 'hang-up' closes the connection. */
export type Trouble = { readonly status: number; readonly body?: unknown } | 'silence' | 'hang-up';

export interface StubVault {
  readonly address: string;
  readonly requests: VaultRequest[];
  /** Troubles for the next requests, one each. */
  readonly troubles: Trouble[];
  close(): Promise<void>;
}

interface Version {
  readonly data: unknown;
  destroyed: boolean;
}

const TOKEN = 'hvs.good';
const METADATA = { created_time: '2026-11-25T10:00:00.000000000Z', custom_metadata: null, deletion_time: '' };

/**
 * A KV engine of version 2 at `secret/`, as https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 describes its
 * answers.
 */
export async function startStubVault(tls?: { readonly cert: string; readonly key: string }): Promise<StubVault> {
  const requests: VaultRequest[] = [];
  const troubles: Trouble[] = [];
  const secrets = new Map<string, Version[]>();
  const server: Server = tls ? createTlsServer(tls) : createServer();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers } = request;
    const body = method === 'GET' ? undefined : await json(request).catch(() => undefined);
    requests.push({ method, path, headers, body });
    const trouble = troubles.shift();
    if (trouble === 'silence') return;
    if (trouble === 'hang-up') return void request.socket.destroy();
    const answer = trouble ?? answerTo(secrets, { method, path, headers, body });
    const text = 'body' in answer && answer.body !== undefined ? JSON.stringify(answer.body) : '';
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  };
  server.on('request', (request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `${tls ? 'https' : 'http'}://localhost:${port}`,
    requests,
    troubles,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerTo(secrets: Map<string, Version[]>, { method, path, headers, body }: VaultRequest) {
  if (headers['x-vault-token'] !== TOKEN) return { status: 403, body: { errors: ['permission denied'] } };
  const url = new URL(path, 'http://vault');
  const [, operation, key] = /^\/v1\/secret\/(data|destroy)\/(.+)$/.exec(url.pathname) ?? [];
  if (operation === undefined || key === undefined) return { status: 404, body: { errors: [] } };
  const versions = secrets.get(key) ?? [];
  secrets.set(key, versions);
  if (operation === 'destroy') {
    for (const number of (body as { versions: number[] }).versions) {
      const version = versions[number - 1];
      if (version) version.destroyed = true;
    }
    return { status: 204 };
  }
  if (method === 'POST') {
    versions.push({ data: (body as { data: unknown }).data, destroyed: false });
    return { status: 200, body: { data: { ...METADATA, destroyed: false, version: versions.length } } };
  }
  const number = Number(url.searchParams.get('version'));
  const version = versions[number - 1];
  if (!version) return { status: 404, body: { errors: [] } };
  const metadata = { ...METADATA, destroyed: version.destroyed, version: number };
  // A destroyed version has an answer of its own kind: 404 with its metadata.
  if (version.destroyed) return { status: 404, body: { data: { data: null, metadata } } };
  return { status: 200, body: { data: { data: version.data, metadata } } };
}
