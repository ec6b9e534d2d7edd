import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineClient } from '../../../../backends/scheduler/docker/client.ts';
import { Teardowns } from '../../../../backends/scheduler/docker/teardowns.ts';

/** The looks at containers that the engine has not answered yet. */
const looks: { readonly url: string | undefined; readonly response: ServerResponse }[] = [];
const engine = createServer(({ url }, response) => {
  looks.push({ url, response });
  engine.emit('look');
});
let teardowns: Teardowns;

beforeEach(async () => {
  engine.listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const { port } = engine.address() as AddressInfo;
  teardowns = new Teardowns(new EngineClient({ protocol: 'http', host: '127.0.0.1', port }));
});

afterEach(async () => {
  vi.useRealTimers();
  looks.length = 0;
  engine.closeAllConnections();
  await new Promise((resolve) => engine.close(resolve));
});

test('nobody waits for an engine that takes nothing down', async () => {
  await teardowns.over();
  expect(looks).toEqual([]);
});

test('a container that ended just now is waited for until it can be looked at, once', async () => {
  teardowns.begin('a');
  const over = teardowns.over();
  await once(engine, 'look');
  expect(await Promise.race([over, Promise.resolve('not yet')])).toBe('not yet');
  expect(looks[0]?.url).toBe('/containers/a/json');
  looks[0]?.response.end('{}');
  await over;
  await teardowns.over();
  expect(looks).toHaveLength(1);
});

test('one that is gone already is down', async () => {
  teardowns.begin('a');
  const over = teardowns.over();
  await once(engine, 'look');
  looks[0]?.response.writeHead(404).end('{"message":"No such container"}');
  await expect(over).resolves.toBeUndefined();
});

test('an engine that does not answer is not waited for', async () => {
  teardowns.begin('a');
  await teardowns.over();
  expect(looks).toHaveLength(1);
});

test('one that ended a while ago is not looked at', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  teardowns.begin('a');
  vi.setSystemTime(Date.now() + 1000);
  await teardowns.over();
  expect(looks).toEqual([]);
});
