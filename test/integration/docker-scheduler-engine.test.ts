import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LogEntry, Scheduler } from '../../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';
import { startPrivateEngine, type PrivateEngine } from './helpers/private-engine.ts';
import { IMAGE, never, testContainers, text } from './helpers/test-containers.ts';

/** Writes numbered lines to both streams until it is ended. */
const COUNT = 'i=0; while :; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); sleep 0.01; done';

/** Says so if it gets the chance to end in peace, and then seems to have done its work. */
const POLITE = "trap 'echo polite; exit 0' TERM; echo ready; while :; do sleep 0.05; done";

let engine: PrivateEngine;
let scheduler: Scheduler;
let containers: ReturnType<typeof testContainers>;

beforeAll(async () => {
  engine = await startPrivateEngine([IMAGE]);
  scheduler = createDockerScheduler({ connection: { socketPath: engine.socketPath } });
  containers = testContainers(scheduler);
}, 120_000);

afterEach(() => containers.removeAll(), 60_000);

afterAll(async () => {
  await scheduler.close();
  await engine.destroy();
}, 60_000);

/** Follows a log on its own, and tells when the first entries are there. */
function follow(id: string) {
  const entries: LogEntry[] = [];
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  const ended = (async () => {
    for await (const entry of scheduler.followLog(id, undefined, never)) {
      entries.push(entry);
      begun();
    }
    return entries;
  })();
  return { hasBegun, ended };
}

/** No number is left out and none comes twice. */
function expectWhole(entries: readonly LogEntry[]): void {
  for (const [stream, word] of [
    ['stdout', 'out'],
    ['stderr', 'err'],
  ] as const) {
    const lines = text(entries, stream).split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines).toEqual(lines.map((_, index) => `${word} ${index}`));
  }
}

describe.each([
  ['crashes', () => engine.crash()],
  ['is shut down', () => engine.shutDown()],
])('an engine that %s and is started again', (_, end) => {
  it('has interrupted what ran, and lost nothing of the logs', async () => {
    const counting = await containers.start(['sh', '-c', COUNT]);
    const polite = await containers.start(['sh', '-c', POLITE]);
    const logs = [follow(counting), follow(polite)];
    const exits = [counting, polite].map((id) => scheduler.waitForExit(id, never));
    await Promise.all(logs.map((log) => log.hasBegun));

    await end();
    await engine.start();

    for (const exit of await Promise.all(exits)) {
      expect(exit).toMatchObject({ kind: 'exited', code: 137, signal: 'KILL', interruption: 'engine_stopped' });
    }
    const [counted = [], politely = []] = await Promise.all(logs.map((log) => log.ended));
    expectWhole(counted);
    expect(counted).toEqual(await containers.readAll(counting));
    expect(text(politely)).toBe('ready\n');
  }, 60_000);

  it('is found out about by a process that was not there', async () => {
    const id = await containers.start(['sleep', '300']);
    const finished = await containers.start(['sh', '-c', 'exit 137']);
    await scheduler.waitForExit(finished, never);
    await end();
    await engine.start();
    const latecomer = createDockerScheduler({ connection: { socketPath: engine.socketPath } });
    try {
      expect(await latecomer.waitForExit(id, never)).toMatchObject({ code: 137, interruption: 'engine_stopped' });
      const next = await containers.start(['sh', '-c', 'kill -9 $$']);
      expect(await latecomer.waitForExit(next, never)).not.toHaveProperty('interruption');
    } finally {
      await latecomer.close();
    }
  }, 60_000);

  it('has not changed how others ended before', async () => {
    const id = await containers.start(['sh', '-c', 'exit 3']);
    const before = await scheduler.waitForExit(id, never);
    await end();
    await engine.start();
    expect(await scheduler.waitForExit(id, never)).toMatchObject(before);
  }, 60_000);
});

describe('an engine that crashes', () => {
  it('does not keep a container from ending by itself', async () => {
    const id = await containers.start(['sh', '-c', 'echo working; sleep 1; echo done; exit 5']);
    const log = follow(id);
    const exit = scheduler.waitForExit(id, never);
    await log.hasBegun;
    const { State: state } = await engine.docker.getContainer(id).inspect();
    await engine.crash();
    await expect.poll(() => existsSync(`/proc/${state.Pid}`), { timeout: 30_000 }).toBe(false);
    await engine.start();
    const end = await exit;
    expect(end).toMatchObject({ kind: 'exited', code: 5, engineMayHaveBeenDown: true });
    expect(end).not.toHaveProperty('interruption');
    // What it wrote when there was no engine went nowhere, which is what `engineMayHaveBeenDown` is for.
    expect(text(await log.ended)).toMatch(/^working\n(done\n)?$/);
  }, 60_000);
});
