import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError, GoferClient, StreamClosedError, UnreachableError } from '../../../sdk/client.ts';
import { startStubApi, type StubApi, type StubBehaviour } from './stub-api.ts';

let stub: StubApi | undefined;
afterEach(async () => {
  await stub?.close();
  stub = undefined;
});

async function clientOf(behaviour: StubBehaviour, slashes = ''): Promise<GoferClient> {
  stub = await startStubApi(behaviour);
  return new GoferClient({ apiBaseUrl: stub.url + slashes, token: 'secret' });
}

async function collect(pieces: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

const pipeline = { namespace: 'default', pipeline: 'demo' };
const task = { ...pipeline, run: 7, task: 'a' };

describe('requests', () => {
  test('carry token and version, and slashes at the end of the address do not matter', async () => {
    let headers: IncomingHttpHeaders = {};
    const gofer = await clientOf(
      {
        onRequest: (request) => {
          headers = request.headers;
          return { status: 200, body: { runs: [] } };
        },
      },
      '///',
    );
    expect(await gofer.runs.list(pipeline, { limit: 3, reverse: true })).toEqual({ runs: [] });
    expect(headers).toMatchObject({ authorization: 'Bearer secret', 'gofer-api-version': 'v0' });
    expect(stub?.requests).toEqual(['GET /api/namespaces/default/pipelines/demo/runs?limit=3&reverse=true']);
  });

  test('send bodies and take answers without one', async () => {
    const bodies: string[] = [];
    const gofer = await clientOf({
      onRequest: (request, body) => {
        bodies.push(body);
        return request.method === 'DELETE' ? { status: 204 } : { status: 201, body: { run: { run_id: 1 } } };
      },
    });
    expect(await gofer.runs.start(pipeline, { A: 'b' })).toEqual({ run: { run_id: 1 } });
    await gofer.runs.cancel({ ...pipeline, run: 1 });
    expect(bodies).toEqual(['{"variables":{"A":"b"}}', '']);
  });

  test('that are refused throw the status, the message and the id', async () => {
    const gofer = await clientOf({
      onRequest: () => ({ status: 409, body: { request_id: 'r-9', message: 'it is taken' } }),
    });
    const failure = gofer.namespaces.create({ id: 'team', name: 'Team', description: '' });
    await expect(failure).rejects.toThrow(ApiError);
    await expect(failure).rejects.toMatchObject({
      status: 409,
      message: 'it is taken',
      requestId: 'r-9',
      request: 'POST /api/namespaces',
    });
  });

  test('that nobody answers name the address', async () => {
    const gofer = await clientOf({});
    const address = stub?.url ?? '';
    await stub?.close();
    stub = undefined;
    const failure = gofer.namespaces.list();
    await expect(failure).rejects.toThrow(UnreachableError);
    await expect(failure).rejects.toThrow(`${address}: nothing listens there`);
  });

  test('that take too long give up', async () => {
    stub = await startStubApi({ onRequest: () => 'never' });
    const hurried = new GoferClient({ apiBaseUrl: stub.url, timeoutMs: 50 });
    await expect(hurried.namespaces.list()).rejects.toThrow('no answer in time');
  });

  test('need an address that is one', () => {
    expect(() => new GoferClient({ apiBaseUrl: 'localhost:8080' })).toThrow(UnreachableError);
  });
});

describe('streams', () => {
  test('give all frames, in order, until the normal end, with headers', async () => {
    let headers: IncomingHttpHeaders = {};
    const gofer = await clientOf({
      onSocket: (socket, request) => {
        headers = request.headers;
        for (let line = 0; line < 5000; line += 1) socket.send(`line ${line}\n`);
        socket.close(1000);
      },
    });
    const pieces = await collect(gofer.followLogs(task));
    expect(pieces).toHaveLength(5000);
    expect(pieces.at(-1)).toBe('line 4999\n');
    expect(headers).toMatchObject({ authorization: 'Bearer secret', 'gofer-api-version': 'v0' });
    expect(stub?.requests).toEqual(['GET /api/namespaces/default/pipelines/demo/runs/7/tasks/a/logs']);
  });

  test('give events', async () => {
    const event = { id: 'e', kind: { created_namespace: { namespace_id: 'x' } }, emitted: 1 };
    const gofer = await clientOf({
      onSocket: (socket) => {
        socket.send(JSON.stringify(event));
        socket.close(1000);
      },
    });
    expect(await collect(gofer.followEvents({ history: true }))).toEqual([event]);
    expect(stub?.requests).toEqual(['GET /api/events?history=true&reverse=false']);
  });

  test('throw every other close code with its reason, after the frames before it', async () => {
    const gofer = await clientOf({
      onSocket: (socket) => {
        socket.send('first\n');
        socket.close(1008, 'the log has expired');
      },
    });
    const stream = gofer.followLogs(task);
    expect(await stream.next()).toEqual({ value: 'first\n', done: false });
    await expect(stream.next()).rejects.toMatchObject(new StreamClosedError(1008, 'the log has expired'));
  });

  test('throw code 1006 when the connection is lost', async () => {
    const gofer = await clientOf({ onSocket: (socket) => socket.terminate() });
    await expect(collect(gofer.followLogs(task))).rejects.toMatchObject({ code: 1006 });
  });

  test('throw the refusal of an upgrade', async () => {
    const gofer = await clientOf({ refuseUpgradeWith: 401 });
    await expect(collect(gofer.followLogs(task))).rejects.toMatchObject({
      name: 'ApiError',
      status: 401,
      message: 'not for you',
    });
  });

  test('throw when nobody listens', async () => {
    const gofer = await clientOf({});
    await stub?.close();
    stub = undefined;
    await expect(collect(gofer.followLogs(task))).rejects.toThrow(UnreachableError);
  });

  test('end without an error when aborted, before and after the first frame', async () => {
    const gofer = await clientOf({ onSocket: (socket) => socket.send('first\n') });
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const piece of gofer.followLogs(task, { signal: controller.signal })) {
      seen.push(piece);
      controller.abort();
    }
    expect(seen).toEqual(['first\n']);
    expect(await collect(gofer.followLogs(task, { signal: AbortSignal.abort() }))).toEqual([]);
  });

  test('hang up when the reader leaves', async () => {
    const closed = Promise.withResolvers<number>();
    const gofer = await clientOf({
      onSocket: (socket) => {
        socket.on('close', closed.resolve);
        socket.send('first\n');
      },
    });
    for await (const _ of gofer.followLogs(task)) break;
    expect(await closed.promise).toBe(1000);
  });
});
