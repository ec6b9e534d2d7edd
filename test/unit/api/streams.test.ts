import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';

import { CloseCode, cutToBytes } from '../../../api/streams/text-socket.ts';
import { conflict, GOOD, startTestApi, type TestApi, untilAborted } from './harness.ts';

const LOGS = '/api/namespaces/default/pipelines/nightly/runs/7/tasks/a/logs';
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

let api: TestApi;
let inputs: unknown[] = [];
beforeAll(async () => {
  api = await startTestApi({
    streamHandlers: {
      async get_logs(input, context, socket) {
        inputs.push({ input, user: context.caller.user });
        if (input.path.task_id === 'gone') throw conflict('ä'.repeat(100));
        if (input.path.task_id === 'broken') throw new Error('secret detail');
        if (input.path.task_id === 'endless') return untilAborted(socket.signal);
        if (input.path.task_id === 'big') for (let i = 0; i < 2000; i++) await socket.send('x'.repeat(10_000));
        await socket.send('one\n');
        await socket.send('two\n');
      },
      async stream_events({ query }, _context, socket) {
        if (query.reverse && !query.history) return socket.close(CloseCode.Contradictory, 'reverse needs history');
        await socket.send('{"id":"1"}');
        await socket.send('two\nlines');
      },
    },
  });
});
afterAll(() => api.close());

interface Session {
  readonly texts: string[];
  readonly code: number;
  readonly reason: string;
}

function open(path: string, headers: Record<string, string> = GOOD, base = api.url): WebSocket {
  return new WebSocket(`${base.replace('http', 'ws')}${path}`, { headers });
}

async function follow(socket: WebSocket): Promise<Session> {
  const texts: string[] = [];
  socket.on('message', (data, isBinary) => texts.push(isBinary ? 'binary!' : (data as Buffer).toString()));
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { texts, code, reason: String(reason) };
}

describe('a web socket', () => {
  test('brings texts and then closes normally', async () => {
    inputs = [];
    const socket = open(`//api//${LOGS.slice(5)}?x=1`);
    const upgrade = once(socket, 'upgrade');
    expect(await follow(socket)).toEqual({ texts: ['one\n', 'two\n'], code: 1000, reason: '' });
    const [response] = (await upgrade) as [{ headers: Record<string, string> }];
    expect(response.headers['x-request-id']).toMatch(/-7/);
    expect(response.headers).not.toHaveProperty('sec-websocket-extensions');
    expect(inputs).toEqual([
      {
        input: {
          path: { namespace_id: 'default', pipeline_id: 'nightly', run_id: 7, task_id: 'a' },
          query: {},
          body: undefined,
        },
        user: 'sam',
      },
    ]);
  });

  test('closes with the code that fits an error, and a reason that fits the frame', async () => {
    const gone = await follow(open(LOGS.replace('/a/', '/gone/')));
    expect([gone.code, gone.reason]).toEqual([1008, 'ä'.repeat(61)]);
    const broken = await follow(open(LOGS.replace('/a/', '/broken/')));
    expect([broken.code, broken.reason]).toEqual([1011, 'internal error']);
    expect((await follow(open('/api/events?reverse=true'))).code).toBe(1003);
  });

  test('tells its handler when the client goes away', async () => {
    const socket = open(LOGS.replace('/a/', '/endless/'));
    await once(socket, 'open');
    socket.close();
    await once(socket, 'close');
    await expect.poll(() => api.log.filter((line) => line['close_code'] === 1005)).toHaveLength(1);
  });

  test('delivers more than fits into any buffer', async () => {
    const { texts, code } = await follow(open(LOGS.replace('/a/', '/big/')));
    expect([texts.length, code]).toEqual([2002, 1000]);
  });
});

describe('what speaks against a web socket comes in plain HTTP', () => {
  const { authorization: _, ...anonymous } = GOOD;
  test.each([
    ['no upgrade', LOGS, GOOD, 400, 'Connection'],
    [
      'another upgrade',
      LOGS,
      { ...GOOD, connection: 'upgrade', upgrade: 'h2c' },
      400,
      'Upgrade must contain websocket',
    ],
    ['version', LOGS, { ...GOOD, ...UPGRADE, 'sec-websocket-version': '12' }, 400, 'Sec-WebSocket-Version'],
    ['bad key', LOGS, { ...GOOD, ...UPGRADE, 'sec-websocket-key': 'x' }, 400, 'Sec-WebSocket-Key'],
    ['run id', LOGS.replace('/7/', '/-7/'), { ...UPGRADE }, 400, 'path.run_id'],
    ['query', '/api/events?history=yes', { ...UPGRADE }, 400, 'query.history: must be true or false'],
    ['headers before token', LOGS, { ...UPGRADE, 'sec-websocket-version': '12' }, 400, 'Sec-WebSocket-Version'],
    ['no token', LOGS, { ...anonymous, ...UPGRADE }, 400, 'bearer token'],
    ['bad token', LOGS, { ...GOOD, ...UPGRADE, authorization: 'Bearer bad' }, 401, 'unknown token'],
    ['no API version', LOGS, { ...UPGRADE, authorization: 'Bearer good' }, 400, 'gofer-api-version'],
    ['unknown path', '/api/nothing', { ...GOOD, ...UPGRADE }, 404, 'does not exist'],
  ])('%s', async (_name, path, headers, status, message) => {
    const answer = await api.call('GET', path, { headers });
    expect([answer.status, answer.json().message]).toEqual([status, expect.stringContaining(message)]);
    expect(answer.json().request_id).toBe(answer.headers['x-request-id']);
  });

  test('and other operations ignore the wish', async () => {
    expect((await api.call('GET', '/api/system/metadata', { headers: { ...GOOD, ...UPGRADE } })).status).toBe(200);
    expect((await api.call('POST', LOGS, { headers: { ...GOOD, ...UPGRADE } })).status).toBe(405);
  });
});

describe('server-sent events', () => {
  const headers = { ...GOOD, accept: 'text/event-stream' };
  test('bring the same texts', async () => {
    const answer = await api.call('GET', '/api/events', { headers });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect(answer.text).toBe('data: {"id":"1"}\n\ndata: two\ndata: lines\n\nevent: close\ndata: {"code":1000}\n\n');
  });

  test('end with the code of the web socket', async () => {
    const answer = await api.call('GET', '/api/events?reverse=true', { headers });
    expect(answer.text).toBe('event: close\ndata: {"code":1003,"reason":"reverse needs history"}\n\n');
  });

  test('are refused like everything else, and only there for events', async () => {
    expect((await api.call('GET', '/api/events', { headers: { accept: 'text/event-stream' } })).status).toBe(400);
    expect((await api.call('GET', LOGS, { headers })).status).toBe(400);
  });
});

describe('shutting down', () => {
  test('ends streams with 1011 and lets requests finish', async () => {
    const finish = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const stopping = await startTestApi({
      handlers: {
        list_namespaces: async () => {
          started.resolve();
          await finish.promise;
          return { status: 200, body: { namespaces: [] } };
        },
      },
      streamHandlers: { get_logs: (_input, _context, socket) => untilAborted(socket.signal) },
    });
    const socket = open(LOGS, GOOD, stopping.url);
    await once(socket, 'open');
    const answer = stopping.call('GET', '/api/namespaces');
    await started.promise;
    const closed = stopping.close();
    expect((await follow(socket)).code).toBe(1011);
    finish.resolve();
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('does not wait for connections that clients would keep', async () => {
    const finish = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const stopping = await startTestApi({
      drainMs: 600_000,
      handlers: {
        list_namespaces: async () => {
          started.resolve();
          await finish.promise;
          return { status: 200, body: { namespaces: [] } };
        },
      },
    });
    const agent = new Agent({ keepAlive: true });
    const response = once(get(`${stopping.url}/api/namespaces`, { agent, headers: GOOD }), 'response');
    await started.promise;
    const closed = stopping.close();
    finish.resolve();
    const [message] = (await response) as [IncomingMessage];
    message.resume();
    expect(message.headers.connection).toBe('close');
    await closed;
    agent.destroy();
  });

  test('does not wait for ever', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const stuck = await startTestApi({
      drainMs: 50,
      handlers: {
        async list_namespaces(_input, { signal }) {
          started.resolve();
          await untilAborted(signal);
          aborted.resolve();
          return { status: 200, body: { namespaces: [] } };
        },
      },
    });
    const answer = expect(stuck.call('GET', '/api/namespaces')).rejects.toThrow('hang up');
    await started.promise;
    await stuck.close();
    await aborted.promise;
    await answer;
  });
});

test('a text is cut between characters', () => {
  expect(cutToBytes('äää', 5)).toBe('ää');
  expect(cutToBytes('abc', 3)).toBe('abc');
});
