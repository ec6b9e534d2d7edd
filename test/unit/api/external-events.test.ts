import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startExternalEvents, type RunningListener } from '../../../api/external-events.ts';
import { ErrorKind, GoferError } from '../../../core/errors.ts';
import type { ExternalRequest } from '../../../store/external-events.ts';

const LIMIT = 1_000;
const taken: { extension: string; request: ExternalRequest }[] = [];
let listener: RunningListener;

beforeAll(async () => {
  listener = await startExternalEvents({
    host: '127.0.0.1',
    port: 0,
    bodyLimit: LIMIT,
    logger: pino({ level: 'silent' }),
    async accept(extension, request) {
      if (extension === 'stranger') throw new GoferError(ErrorKind.Unauthenticated, 'the signature is wrong');
      if (extension === 'faulty') throw new Error('with a secret in it');
      taken.push({ extension, request });
    },
  });
});

afterAll(() => listener.close());

interface Reply {
  readonly status: number | undefined;
  readonly allow: string | undefined;
  readonly body: string;
}

/** Sends exactly these headers; those of fetch are never given twice. */
function send(path: string, body = '', headers: string[] = [], method = 'POST'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const all = ['host', 'gofer.example', 'content-length', String(Buffer.byteLength(body)), ...headers];
    const request = httpRequest(`${listener.url}${path}`, { method, headers: all }, (response) => {
      const { statusCode: status, headers: answered } = response;
      text(response).then((it) => resolve({ status, allow: answered.allow, body: it }), reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('an event is taken with its bytes and its headers, in lower case, repeated ones joined', async () => {
  const reply = await send('/api/external/demo?x=1', 'hi é', ['X-Kind', 'Ping', 'X-Kind', 'Pong', 'X-Odd', 'ü']);
  expect(reply).toMatchObject({ status: 204, body: '' });
  const { extension, request } = taken.at(-1) ?? {};
  expect(extension).toBe('demo');
  expect([...(request?.body ?? [])]).toEqual([104, 105, 32, 195, 169]);
  expect(request?.headers).toEqual({
    host: 'gofer.example',
    'content-length': '5',
    'x-kind': 'Ping, Pong',
    connection: expect.any(String),
  });
});

test('a body up to the limit is taken, a larger one is not', async () => {
  expect((await send('/api/external/demo', 'x'.repeat(LIMIT))).status).toBe(204);
  const before = taken.length;
  expect(await send('/api/external/demo', 'x'.repeat(LIMIT + 1))).toMatchObject({
    status: 413,
    body: expect.stringContaining(`more than ${LIMIT} bytes`),
  });
  expect(taken).toHaveLength(before);
});

test.each([
  ['another path', '/api/extensions', 'POST', 404, /path '\/api\/extensions' does not exist/],
  ['a broken name', '/api/external/%zz', 'POST', 404, /does not exist/],
  ['a bad signature', '/api/external/stranger', 'POST', 401, /the signature is wrong/],
  ['another method', '/api/external/demo', 'PUT', 405, /only POST/],
  ['a fault', '/api/external/faulty', 'POST', 500, /the log of the server has the details/],
])('%s has its own answer', async (_name, path, method, status, message) => {
  const reply = await send(path, 'x', [], method);
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.body)).toMatchObject({
    message: expect.stringMatching(message),
    request_id: expect.any(String),
  });
  expect(reply.allow).toBe(status === 405 ? 'POST' : undefined);
});
