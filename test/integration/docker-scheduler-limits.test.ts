import Docker from 'dockerode';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_PIDS_LIMIT } from '../../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';
import { never, testContainers, text } from './helpers/test-containers.ts';

const MIB = 1024 * 1024;

const scheduler = createDockerScheduler();
const { start, create, readAll, removeAll } = testContainers(scheduler);
const outsider = new Docker();

afterEach(removeAll);
afterAll(() => scheduler.close());

/** Takes much more memory than any test allows. */
const GREEDY = 'x=$(head -c 100000000 /dev/zero | tr "\\0" x)';

describe('memory', () => {
  const resources = { memoryBytes: 24 * MIB };

  it('that a program takes too much of ends it, which is told with the limit', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => start(['sh', '-c', GREEDY], { resources })));
    for (const exit of await Promise.all(ids.map((id) => scheduler.waitForExit(id, never)))) {
      expect(exit).toMatchObject({
        code: 137,
        signal: 'KILL',
        outOfMemory: true,
        memoryLimitBytes: 24 * MIB,
      });
      expect(exit).not.toHaveProperty('interruption');
    }
  });

  it('that a child takes too much of is told of as well, whatever the program makes of it', async () => {
    const id = await start(['sh', '-c', `sh -c '${GREEDY}'; echo "child ended with $?"; exit 3`], { resources });
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 3, outOfMemory: true });
    expect(text(await readAll(id))).toContain('child ended with 137');
  });

  it('that suffices is no matter', async () => {
    const id = await start(['true'], { resources });
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 0, outOfMemory: false });
  });

  it('without a limit has none', async () => {
    const id = await start(['true']);
    expect(await scheduler.waitForExit(id, never)).not.toHaveProperty('memoryLimitBytes');
  });
});

describe('processes', () => {
  /** Starts more processes than it may. */
  const fork = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done';

  it('are as many as allowed', async () => {
    const id = await start(['sh', '-c', fork], { resources: { pids: 6 } });
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 2, outOfMemory: false });
    expect(text(await readAll(id))).toMatch(/can't fork/);
  });

  it('have a limit by default', async () => {
    const id = await create(['true']);
    expect((await outsider.getContainer(id).inspect()).HostConfig.PidsLimit).toBe(DEFAULT_PIDS_LIMIT);
  });
});

it('time on a CPU is shared out in parts of one', async () => {
  const id = await create(['true'], { resources: { cpu: 0.25, memoryBytes: 32 * MIB } });
  const { HostConfig: host } = await outsider.getContainer(id).inspect();
  expect(host).toMatchObject({ NanoCpus: 250_000_000, Memory: 32 * MIB, MemorySwap: 32 * MIB });
});
