import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';

const labels = { 'gofer.test': randomUUID() };
const scheduler = createDockerScheduler();

afterAll(async () => {
  for (const id of await scheduler.findContainers(labels)) await scheduler.removeContainer(id);
  await scheduler.close();
});

test('a published port is reached where the scheduler says, as long as the container runs', async () => {
  const { id } = await scheduler.ensureContainer({
    name: `gofer-test-${labels['gofer.test']}`,
    labels,
    image: 'gofer/base:1',
    environment: {},
    command: ['nc', '-ll', '-p', '8082', '-e', 'echo', 'hello'],
    publish: { port: 8082, address: '127.0.0.1' },
  });
  expect(await scheduler.addressOf(id, 8082)).toBeUndefined();
  await scheduler.startContainer(id);
  const address = await scheduler.addressOf(id, 8082);
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
  const port = Number(address?.split(':')[1]);
  // The engine listens before the program in the container does.
  let answer = '';
  while (answer === '') answer = await text(connect(port, '127.0.0.1')).catch(() => '');
  expect(answer).toBe('hello\n');
  expect(await scheduler.addressOf(id, 9999)).toBeUndefined();
  await scheduler.stopContainer(id, 0);
  expect(await scheduler.addressOf(id, 8082)).toBeUndefined();
  await scheduler.removeContainer(id);
  expect(await scheduler.addressOf(id, 8082)).toBeUndefined();
});
