import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { SchedulerFailure } from '../../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';
import { tarOf } from './helpers/registry.ts';
import { never, testContainers } from './helpers/test-containers.ts';

const scheduler = createDockerScheduler();
const { testRun, spec, start, create, removeAll } = testContainers(scheduler);
const outsider = new Docker();

afterEach(removeAll);
afterAll(() => scheduler.close());

async function statusOf(id: string): Promise<string> {
  return (await outsider.getContainer(id).inspect()).State.Status;
}

describe('stopping', () => {
  it('keeps a created container from ever starting', async () => {
    const id = await create(['sleep', '300']);
    await scheduler.stopContainer(id, 10);
    await expect(scheduler.startContainer(id)).rejects.toMatchObject({ failure: SchedulerFailure.NeverStarted });
    expect(await statusOf(id)).toBe('created');
  });

  it('ends a container that is being started', async () => {
    const id = await create(['sleep', '300']);
    const starting = scheduler.startContainer(id);
    await scheduler.stopContainer(id, 0);
    await starting;
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 137, signal: 'KILL' });
  });

  it('takes one that waits for its start out of the queue at once', async () => {
    const narrow = createDockerScheduler({ maxParallelStarts: 1 });
    const [first, second, third] = await Promise.all([
      create(['sleep', '300']),
      create(['sleep', '300']),
      create(['sleep', '300']),
    ]);
    const waits: number[] = [];
    const starts = [first, second, third].map((id) => narrow.startContainer(id, (ahead) => waits.push(ahead)));
    const refused = expect(starts[1]).rejects.toMatchObject({ failure: SchedulerFailure.NeverStarted });
    await narrow.stopContainer(second, 60);
    await refused;
    await Promise.all([starts[0], starts[2]]);
    await narrow.close();
    expect(waits).toEqual([0, 1]);
    expect(await Promise.all([first, second, third].map(statusOf))).toEqual(['running', 'created', 'running']);
  });

  it('may be asked for by several at once, of whom the most impatient wins', async () => {
    const id = await start(['sh', '-c', "trap '' TERM; while :; do sleep 1; done"]);
    const exit = scheduler.waitForExit(id, never);
    const stops = [60, 60, 0, 30].map((grace) => scheduler.stopContainer(id, grace));
    await Promise.all(stops);
    expect(await exit).toMatchObject({ code: 137 });
    expect(await exit).not.toHaveProperty('interruption');
  });

  it('ends a paused container', async () => {
    const id = await start(['sleep', '300']);
    await outsider.getContainer(id).pause();
    await scheduler.stopContainer(id, 1);
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 137 });
  });

  it('sends the signal that the image asks for', async () => {
    const image = `gofer-test-${testRun}:1`;
    const dockerfile = tarOf('Dockerfile', Buffer.from('FROM gofer/base:1\nSTOPSIGNAL SIGUSR1\n'));
    const building = await outsider.buildImage(Readable.from([dockerfile]), { t: image });
    for await (const _ of building as AsyncIterable<unknown>);
    try {
      const script = "trap 'exit 4' USR1; trap 'exit 5' TERM; touch /ready; while :; do sleep 0.1; done";
      const id = await start(['sh', '-c', script], { image });
      await expect.poll(() => isReady(id), { timeout: 30_000 }).toBe(true);
      await scheduler.stopContainer(id, 30);
      expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 4 });
      await removeAll();
    } finally {
      await outsider.getImage(image).remove();
    }
  });
});

async function isReady(id: string): Promise<boolean> {
  return outsider
    .getContainer(id)
    .getArchive({ path: '/ready' })
    .then(
      () => true,
      () => false,
    );
}

describe('a signal from outside', () => {
  it.each([
    ['KILL', 137],
    ['TERM', 143],
    ['INT', 130],
  ])('is told from one of ours: %s', async (signal, code) => {
    const id = await start(['sleep', '300']);
    await outsider.getContainer(id).kill({ signal });
    const exit = await scheduler.waitForExit(id, never);
    expect(exit).toMatchObject({ code, signal, interruption: 'killed_from_outside' });
  });

  it('is found out about by a process that comes later', async () => {
    const id = await start(['sleep', '300']);
    await outsider.getContainer(id).kill();
    await scheduler.waitForExit(id, never);
    const latecomer = createDockerScheduler();
    expect(await latecomer.waitForExit(id, never)).toMatchObject({ interruption: 'killed_from_outside' });
    await latecomer.close();
  });

  it('that the program sent itself is none', async () => {
    const id = await start(['sh', '-c', 'kill -9 $$']);
    const exit = await scheduler.waitForExit(id, never);
    expect(exit).toMatchObject({ code: 137, signal: 'KILL' });
    expect(exit).not.toHaveProperty('interruption');
  });

  it('that the program did not heed is none', async () => {
    const id = await start(['sh', '-c', "trap 'exit 6' TERM; touch /ready; while :; do sleep 0.1; done"]);
    await expect.poll(() => isReady(id), { timeout: 30_000 }).toBe(true);
    await outsider.getContainer(id).kill({ signal: 'TERM' });
    const exit = await scheduler.waitForExit(id, never);
    expect(exit).toMatchObject({ code: 6 });
    expect(exit).not.toHaveProperty('interruption');
  });
});

it('a list tells what a reaper needs', async () => {
  const before = Date.now() - 1000;
  const specs = [spec(['true']), spec(['sleep', '300']), spec(['true'])];
  const [created, running, exited] = await Promise.all(
    specs.map(async (each) => (await scheduler.ensureContainer(each)).id),
  );
  if (created === undefined || running === undefined || exited === undefined) throw new Error('not created');
  await Promise.all([scheduler.startContainer(running), scheduler.startContainer(exited)]);
  await scheduler.waitForExit(exited, never);
  const list = () => scheduler.listContainers({ 'gofer.test': testRun });
  // The engine tells of an end before its list shows it.
  await expect
    .poll(async () => new Map((await list()).map(({ id, state }) => [id, state])))
    .toEqual(
      new Map([
        [created, 'created'],
        [running, 'running'],
        [exited, 'exited'],
      ]),
    );
  const found = await list();
  for (const { id, labels, createdAt } of found) {
    expect(labels).toMatchObject(specs[[created, running, exited].indexOf(id)]?.labels ?? {});
    expect(createdAt).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000);
    expect(createdAt).toBeLessThanOrEqual(Date.now() + 1000);
  }
});
