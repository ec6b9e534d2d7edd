import Docker from 'dockerode';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { advance, SchedulerFailure } from '../../backends/scheduler/contract.ts';
import type { LogEntry, LogPosition } from '../../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';
import { startEngineProxy } from './helpers/docker-proxy.ts';
import { IMAGE, never, testContainers, text } from './helpers/test-containers.ts';

const scheduler = createDockerScheduler();
const { testRun, spec, start, readAll, removeAll } = testContainers(scheduler);
/** For what users and other programs do to containers behind Gofer's back. */
const outsider = new Docker();

afterEach(removeAll);
afterAll(async () => {
  await removeAll();
  await scheduler.close();
});

describe('images', () => {
  it('finds a local image without asking a registry', async () => {
    const lines: string[] = [];
    const found = await scheduler.ensureImage({ image: IMAGE, alwaysPull: false }, (line) => lines.push(line), never);
    expect(found).toMatch(/^sha256:/);
    expect(lines).toEqual([]);
  });

  it('says that an image cannot be had', async () => {
    const missing = { image: 'localhost:1/gofer/no-such-image:9', alwaysPull: false };
    await expect(scheduler.ensureImage(missing, () => {}, never)).rejects.toMatchObject({
      failure: SchedulerFailure.ImageUnavailable,
      message: expect.stringContaining('localhost:1/gofer/no-such-image:9'),
    });
  });

  it('uses the local image when the registry cannot be reached', async () => {
    const image = `localhost:1/gofer-test-${testRun}:1`;
    await outsider.getImage(IMAGE).tag({ repo: `localhost:1/gofer-test-${testRun}`, tag: '1' });
    try {
      const lines: string[] = [];
      await scheduler.ensureImage({ image, alwaysPull: true }, (line) => lines.push(line), never);
      expect(lines.at(-1)).toContain('using the image that is here already');
    } finally {
      await outsider.getImage(image).remove();
    }
  });

  it('refuses what is no image reference', async () => {
    const request = { image: '../containers/json?x=', alwaysPull: false };
    await expect(scheduler.ensureImage(request, () => {}, never)).rejects.toMatchObject({
      failure: SchedulerFailure.ImageNotFound,
    });
  });
});

describe('a container', () => {
  it('delivers both streams, the environment and the exit code', async () => {
    const before = Date.now();
    const id = await start(['-c', 'echo "out $GREETING"; echo err >&2; printf unfinished; exit 7'], {
      entrypoint: ['/bin/sh'],
      environment: { GREETING: 'hé=llo' },
    });
    const exit = await scheduler.waitForExit(id, never);
    expect(exit).toMatchObject({ kind: 'exited', code: 7, outOfMemory: false, error: '' });
    if (exit.kind !== 'exited') return;
    expect(exit.startedAt).toBeGreaterThan(before - 1000);
    expect(exit.endedAt).toBeGreaterThanOrEqual(exit.startedAt);
    const entries = await readAll(id);
    expect(text(entries, 'stdout')).toBe('out hé=llo\nunfinished');
    expect(text(entries, 'stderr')).toBe('err\n');
  });

  it('is seen to end even if it lives a few milliseconds only', async () => {
    const exits = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { id } = await scheduler.ensureContainer(spec(['/bin/true']));
        const exit = scheduler.waitForExit(id, never);
        await scheduler.startContainer(id);
        return exit;
      }),
    );
    expect(exits.map((exit) => exit.kind === 'exited' && exit.code)).toEqual(Array(8).fill(0));
  });

  it('that was killed from outside exits with 137', async () => {
    const id = await start(['sleep', '300']);
    const exit = scheduler.waitForExit(id, never);
    await outsider.getContainer(id).kill();
    expect(await exit).toMatchObject({ code: 137, signal: 'KILL', interruption: 'killed_from_outside' });
  });

  it('that was removed from outside is gone, and so is its log', async () => {
    const id = await start(['sleep', '300']);
    const exit = scheduler.waitForExit(id, never);
    const log = readAll(id);
    await outsider.getContainer(id).remove({ force: true });
    // Between kill and removal it has ended for a moment; which of the two is seen is a matter of luck.
    expect(['gone', 'exited']).toContain((await exit).kind);
    expect(await scheduler.waitForExit(id, never)).toEqual({ kind: 'gone' });
    expect(await log).toEqual([]);
    await scheduler.removeContainer(id);
    await scheduler.stopContainer(id, 1);
  });

  it('has not ended while it is paused', async () => {
    const id = await start(['sleep', '300']);
    await outsider.getContainer(id).pause();
    const abort = new AbortController();
    const exit = scheduler.waitForExit(id, abort.signal);
    const first = await Promise.race([exit, outsider.getContainer(id).inspect()]);
    expect(first).toHaveProperty('State.Paused', true);
    await outsider.getContainer(id).unpause();
    await scheduler.stopContainer(id, 0);
    expect(await exit).toMatchObject({ code: 137 });
  });

  it('cannot be created without its image', async () => {
    await expect(scheduler.ensureContainer(spec(['x'], { image: 'gofer/none:1' }))).rejects.toMatchObject({
      failure: SchedulerFailure.ImageMissing,
      message: expect.stringContaining('gofer/none:1'),
    });
  });

  it('whose command does not exist is refused in the words of the engine', async () => {
    const id = await start(['/no/such/command']);
    await expect(scheduler.waitForExit(id, never)).rejects.toMatchObject({
      failure: SchedulerFailure.ContainerRefused,
      message: expect.stringMatching(/\/no\/such\/command.*No such file/),
    });
  });

  it('that chooses to exit with 127 has exited', async () => {
    const id = await start(['sh', '-c', 'exit 127']);
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ kind: 'exited', code: 127 });
  });

  it('is started only once', async () => {
    const id = await start(['sleep', '300']);
    await scheduler.startContainer(id);
    expect((await outsider.getContainer(id).inspect()).State.Status).toBe('running');
  });
});

describe('adoption', () => {
  it('finds the container with the same labels in every phase of its life', async () => {
    const wanted = spec(['sleep', '300']);
    const first = await scheduler.ensureContainer(wanted);
    expect(first).toMatchObject({ phase: 'created', created: true });
    expect(await scheduler.ensureContainer(wanted)).toEqual({ id: first.id, phase: 'created', created: false });
    await scheduler.startContainer(first.id);
    expect(await scheduler.ensureContainer(wanted)).toMatchObject({ id: first.id, phase: 'running' });
    await scheduler.stopContainer(first.id, 0);
    expect(await scheduler.ensureContainer(wanted)).toMatchObject({ id: first.id, phase: 'exited' });
  });

  it('creates one container when many ask at once', async () => {
    const wanted = spec(['true']);
    const handles = await Promise.all(Array.from({ length: 10 }, () => scheduler.ensureContainer(wanted)));
    expect(new Set(handles.map((handle) => handle.id)).size).toBe(1);
    expect(handles.filter((handle) => handle.created)).toHaveLength(1);
    expect(await scheduler.findContainers(wanted.labels)).toEqual([handles[0]?.id]);
  });

  it('leaves a foreign container of that name alone', async () => {
    const foreign = spec(['true']);
    const { id } = await scheduler.ensureContainer(foreign);
    const ours = await scheduler.ensureContainer(spec(['true'], { name: foreign.name }));
    expect(ours.created).toBe(true);
    expect(ours.id).not.toBe(id);
  });
});

describe('stopping', () => {
  it('kills a process that ignores TERM after the grace period', async () => {
    const id = await start(['sh', '-c', "trap '' TERM; echo ready; while :; do sleep 300; done"]);
    for await (const _ of scheduler.followLog(id, undefined, never)) break;
    const exit = scheduler.waitForExit(id, never);
    const before = Date.now();
    await scheduler.stopContainer(id, 1);
    expect(Date.now() - before).toBeGreaterThanOrEqual(900);
    expect(await exit).toMatchObject({ code: 137 });
    await scheduler.stopContainer(id, 1);
    await scheduler.stopContainer(id, 0);
  });

  it('lets a process that handles TERM end by itself', async () => {
    const id = await start(['sh', '-c', "trap 'echo bye; exit 3' TERM; echo ready; sleep 300 & wait"]);
    for await (const _ of scheduler.followLog(id, undefined, never)) break;
    await scheduler.stopContainer(id, 60);
    expect(await scheduler.waitForExit(id, never)).toMatchObject({ code: 3 });
    expect(text(await readAll(id))).toBe('ready\nbye\n');
  });

  it('ends a wait and a log with the reason of an aborted signal', async () => {
    const id = await start(['sleep', '300']);
    const abort = new AbortController();
    const exit = scheduler.waitForExit(id, abort.signal);
    const log = scheduler.followLog(id, undefined, abort.signal)[Symbol.asyncIterator]().next();
    const ended = Promise.allSettled([exit, log]);
    abort.abort(new Error('enough'));
    for (const result of await ended) expect(result).toMatchObject({ reason: { message: 'enough' } });
  });
});

describe('the log', () => {
  const BOTH = 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done';
  const writer = ['sh', '-c', `(${BOTH}) & (${BOTH}) >&2; wait`];
  const expected = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join('');

  it('is followed while the container runs, and is complete', async () => {
    const entries = await readAll(await start(writer));
    expect(text(entries, 'stdout')).toBe(expected);
    expect(text(entries, 'stderr')).toBe(expected);
  });

  it('continues from any position without loss or repetition', async () => {
    const id = await start(writer);
    const whole = await readAll(id);
    const cuts = [1, 2, 100, 4_999, 5_000, 7_777, 9_999, 10_000];
    let position: LogPosition = {};
    for (const [index, entry] of whole.entries()) {
      position = advance(position, entry);
      if (!cuts.includes(index + 1)) continue;
      const rest = await readAll(id, position);
      expect(rest.length).toBe(whole.length - index - 1);
      expect(text([...whole.slice(0, index + 1), ...rest], 'stdout')).toBe(expected);
      expect(text([...whole.slice(0, index + 1), ...rest], 'stderr')).toBe(expected);
    }
  });

  it('of a container that lives a few milliseconds is complete', async () => {
    const logs = await Promise.all(
      Array.from({ length: 12 }, async () =>
        readAll(await start(['sh', '-c', 'echo one; echo two >&2; printf three'])),
      ),
    );
    for (const entries of logs) {
      expect(text(entries, 'stdout')).toBe('one\nthree');
      expect(text(entries, 'stderr')).toBe('two\n');
    }
  });

  it('is empty if nothing was written', async () => {
    const id = await start(['true']);
    expect(await readAll(id)).toEqual([]);
    await scheduler.waitForExit(id, never);
    expect(await readAll(id)).toEqual([]);
  });

  it('keeps long lines whole across entries and positions', async () => {
    const id = await start(['sh', '-c', 'head -c 100000 /dev/zero | tr "\\0" x; echo; echo end']);
    const whole = await readAll(id);
    expect(text(whole)).toBe(`${'x'.repeat(100_000)}\nend\n`);
    expect(whole.length).toBeGreaterThan(2);
    const rest = await readAll(id, whole.slice(0, 3).reduce(advance, {}));
    expect(text([...whole.slice(0, 3), ...rest])).toBe(text(whole));
  });
});

describe('a connection that breaks', async () => {
  const modem = outsider.modem as { socketPath?: string };
  const proxy = await startEngineProxy(
    typeof modem.socketPath === 'string' ? modem.socketPath : '/var/run/docker.sock',
  );
  const remote = createDockerScheduler({ connection: { socketPath: proxy.socketPath } });
  afterAll(async () => {
    await remote.close();
    await proxy.close();
  });

  it('does not lose an exit that happens meanwhile', async () => {
    const id = await start(['sleep', '300']);
    const exit = remote.waitForExit(id, never);
    await remote.ping();
    proxy.cut();
    await expect(remote.ping()).rejects.toMatchObject({ failure: SchedulerFailure.EngineUnreachable });
    await outsider.getContainer(id).kill();
    proxy.mend();
    expect(await exit).toMatchObject({ kind: 'exited', code: 137 });
  });

  it('neither loses nor repeats output', async () => {
    const lines = 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; echo "line $i" >&2; i=$((i+1)); done';
    const expected = Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join('');
    const id = await start(['sh', '-c', `(${lines}) & (${lines}); wait`]);
    const entries: LogEntry[] = [];
    for await (const entry of remote.followLog(id, undefined, never)) {
      entries.push(entry);
      if (entries.length % 1700 === 0) {
        proxy.cut();
        proxy.mend();
      }
    }
    expect(entries).toHaveLength(12_000);
    expect(entries).toEqual(await readAll(id));
    expect(text(entries).length).toBe(4 * expected.length);
  });
});

describe('an engine that is not there', () => {
  const nobody = createDockerScheduler({ connection: { socketPath: '/nonexistent/docker.sock' } });
  afterAll(() => nobody.close());

  it('is reported with a remedy', async () => {
    await expect(nobody.ping()).rejects.toMatchObject({
      failure: SchedulerFailure.EngineUnreachable,
      message: expect.stringMatching(/\/nonexistent\/docker\.sock.*start the engine/),
    });
  });

  it('is waited for until the signal aborts', async () => {
    await expect(nobody.waitForExit('x', AbortSignal.timeout(300))).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
