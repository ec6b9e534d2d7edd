import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ExtensionCallError, ExtensionClient } from '../../../services/extension-client.ts';

let server: Server;
let client: ExtensionClient;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let received: { method: string; url: string; authorization: string | undefined; body: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request;
      received = { method, url, authorization: headers.authorization, body };
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new ExtensionClient({ url, secret: 'sesame' }, false);
});

beforeEach(() => reply(204, ''));

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function reply(status: number, body: string): void {
  answer = (_request, response) => response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}

const ref = { namespace: 'default', pipeline: 'simple', extension: 'interval', subscription: 'fast' };

describe('calls', () => {
  test('carry the secret and the fields of the protocol, and take any 2xx for a yes', async () => {
    reply(201, '');
    await client.subscribe(ref, { every: '5m' });
    expect(received).toMatchObject({ method: 'POST', url: '/api/subscribe', authorization: 'Bearer sesame' });
    const names = { namespace_id: 'default', pipeline_id: 'simple', pipeline_subscription_id: 'fast' };
    expect(JSON.parse(received.body)).toEqual({ ...names, pipeline_subscription_params: { every: '5m' } });
    await client.unsubscribe(ref);
    expect(received).toMatchObject({ method: 'DELETE', url: '/api/subscribe', body: JSON.stringify(names) });
    await client.externalEvent({ headers: { 'x-kind': 'a "b"' }, body: Uint8Array.from([0, 255, 104]) });
    expect(JSON.parse(received.body)).toEqual({ headers: { 'x-kind': 'a "b"' }, body: [0, 255, 104] });
    await client.externalEvent({ headers: {}, body: new Uint8Array() });
    expect(JSON.parse(received.body)).toEqual({ headers: {}, body: [] });
  });

  test('read what is there, whatever it calls itself', async () => {
    reply(200, '{"info":"{\\"pipelines\\":[]}"}');
    expect(await client.debug()).toBe('{"pipelines":[]}');
    reply(200, 'just text');
    expect(await client.debug()).toBe('just text');
    reply(200, '{"extension_id":"x","documentation":{"body":"b","config_params":[{"key":"k"},{"nokey":1}]}}');
    expect(await client.info()).toEqual({
      body: 'b',
      config_params: [{ key: 'k', required: false, documentation: '' }],
      pipeline_subscription_params: [],
    });
  });

  test.each([
    ['{"message":"Bad Request: too short; <nil>","request_id":""}', 'Bad Request: too short'],
    ['{"message":"no \\u003cname\\u003e","request_id":""}', 'no <name>'],
    ['Unauthorized\n', 'Unauthorized'],
    ['', 'HTTP status 400'],
  ])('that are refused say why: %s', async (body, message) => {
    reply(400, body);
    const error = await client.subscribe(ref, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExtensionCallError);
    expect(error).toMatchObject({ message, status: 400, refused: true });
  });

  test('that fail or are cut off are no refusals', async () => {
    reply(500, 'oops');
    await expect(client.health()).rejects.toMatchObject({ message: 'oops', status: 500, refused: false });
    answer = (request) => request.socket.destroy();
    await expect(client.health()).rejects.toMatchObject({ status: undefined, refused: false });
  });
});
