import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError, GoferClient, StreamClosedError } from '../../../sdk/client.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  server = undefined;
});

/** A client of a server that answers one request after the other as the handlers say, the last one again and again. */
async function clientOf(...handlers: ((response: ServerResponse, request: IncomingMessage) => void)[]) {
  const requests: IncomingMessage[] = [];
  const started = createServer((request, response) => {
    requests.push(request);
    handlers[Math.min(requests.length, handlers.length) - 1]?.(response, request);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  return { requests, gofer: new GoferClient({ apiBaseUrl: `http://127.0.0.1:${port}`, token: 'secret' }) };
}

const eventOf = (id: string) => ({ id, kind: { created_namespace: { namespace_id: 'x' } }, emitted: 1 });
const text = (id: string) => `id: ${id}\ndata: ${JSON.stringify(eventOf(id))}\n\n`;
const end = (code: number) => `event: close\ndata: {"code":${code},"reason":"because"}\n\n`;
const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

async function ids(events: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { id } of events) all.push(id);
  return all;
}

describe('server-sent events', () => {
  test('are taken apart however they are cut, comments left out', async () => {
    const whole = `:\n\n${text('a')}${text('b').replaceAll('\n', '\r\n')}${end(1000)}`;
    const { gofer, requests } = await clientOf((response) => {
      open(response);
      for (const character of whole) response.write(character);
      response.end();
    });
    expect(await ids(gofer.streamEvents())).toEqual(['a', 'b']);
    expect(requests[0]?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer secret' });
    expect(requests[0]?.headers['last-event-id']).toBeUndefined();
  });

  test('go on behind the last one when the connection breaks', async () => {
    const { gofer, requests } = await clientOf(
      (response) => open(response).write(text('a'), () => response.destroy()),
      (response) => open(response).end(`${text('b')}${end(1011)}`),
      (response) => open(response).end(`${text('c')}${end(1000)}`),
    );
    let opened = 0;
    expect(await ids(gofer.streamEvents({ after: 'zero', onOpen: () => (opened += 1) }))).toEqual(['a', 'b', 'c']);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual(['zero', 'a', 'b']);
    expect(opened).toBe(3);
  });

  test('end without an error when they are no longer wanted', async () => {
    const { gofer } = await clientOf((response) => open(response).write(text('a')));
    const enough = new AbortController();
    const seen: string[] = [];
    for await (const { id } of gofer.streamEvents({ signal: enough.signal })) {
      seen.push(id);
      enough.abort();
    }
    expect(seen).toEqual(['a']);
  });

  test('throw a refusal, and an end that trying again does not help', async () => {
    const { gofer } = await clientOf(
      (response) => response.writeHead(403).end('{"message":"not for you"}'),
      (response) => open(response).end(end(1003)),
    );
    await expect(ids(gofer.streamEvents())).rejects.toThrow(ApiError);
    await expect(ids(gofer.streamEvents())).rejects.toThrow(StreamClosedError);
  });
});

describe('waiting for a run', () => {
  const ref = { namespace: 'default', pipeline: 'demo', run: 1 };
  const answer = (state: string) => (response: ServerResponse, request: IncomingMessage) =>
    request.headers.upgrade === undefined &&
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ run: { state } }));

  test('needs no events: they may be refused', async () => {
    const { gofer, requests } = await clientOf(answer('running'), answer('running'), answer('complete'));
    server?.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n'));
    expect(await gofer.waitForRun(ref)).toEqual({ state: 'complete' });
    expect(requests.length).toBeGreaterThanOrEqual(3);
  });

  test('is given up with the reason of the signal', async () => {
    const { gofer } = await clientOf(answer('running'));
    const enough = new AbortController();
    const waiting = gofer.waitForRun(ref, { signal: enough.signal });
    enough.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
