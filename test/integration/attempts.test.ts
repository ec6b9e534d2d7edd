import { expect, test } from 'vitest';
import { containerOf, containersOf, countStarts } from '../helpers/docker.ts';
import {
  clientFor,
  logOf,
  pipelineOf,
  shellTask,
  startRunOf,
  uniqueId,
  untilComplete,
  untilTask,
} from '../helpers/gofer.ts';

const gofer = clientFor();

test('a task is tried again as often as it may be, and every attempt is on record', async () => {
  const pipeline = uniqueId('retries');
  const stop = new AbortController();
  const starts = await countStarts(pipeline, stop.signal);
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      pipeline,
      shellTask('main', 'echo trying; exit 3', { retries: { attempts: 2, delay: 0 } }),
      shellTask('after', 'true', { depends_on: { main: 'Failure' } }),
    ),
  );
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run.status).toBe('failed');
  expect(tasks['main']).toMatchObject({ status: 'failed', exit_code: 3 });
  expect(tasks['main']?.detail).toMatchObject({
    attempt: 3,
    cause: { kind: 'exit' },
    earlier_attempts: [
      { attempt: 1, status: 'failed', exit_code: 3, cause: { kind: 'exit' } },
      { attempt: 2, status: 'failed', exit_code: 3, cause: { kind: 'exit' } },
    ],
  });
  expect(tasks['after']?.status).toBe('successful');
  expect(starts).toEqual({ main: 3, after: 1 });
  expect(await logOf(gofer, ref, 'main')).toBe('trying\ntrying\ntrying\n');
  expect(await containersOf(pipeline)).toEqual([]);
  stop.abort();
});

test('only the exit codes that are listed are tried again', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('codes'),
      shellTask('listed', 'exit 7', { retries: { attempts: 1, delay: 0, exit_codes: [7] } }),
      shellTask('other', 'exit 8', { retries: { attempts: 1, delay: 0, exit_codes: [7] } }),
      shellTask('none', 'exit 7'),
    ),
  );
  const { tasks } = await untilComplete(gofer, ref);
  expect(Object.fromEntries(Object.values(tasks).map(({ task_id: id, detail }) => [id, detail?.attempt]))).toEqual({
    listed: 2,
    other: 1,
    none: 1,
  });
});

test('a task says until when it waits for its next attempt, and can be cancelled meanwhile', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('wait'),
      shellTask('main', 'exit 1', { retries: { attempts: 5, delay: 3600, max_delay: 3600 } }),
    ),
  );
  // No event tells of it: the kinds of events are a closed list.
  const main = async () => (await gofer.tasks.list(ref)).task_executions[0];
  await expect.poll(async () => (await main())?.detail?.attempt, { timeout: 30_000 }).toBe(2);
  const waiting = await main();
  expect(waiting).toMatchObject({ state: 'waiting', started: 0, ended: 0 });
  expect(waiting?.detail?.retry_at).toBeGreaterThan(Date.now() + 3_000_000);
  expect(waiting?.detail?.message).toBe('attempt 1 failed: exit code 1; attempt 2 follows');
  await gofer.runs.cancel(ref);
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run.status).toBe('cancelled');
  expect(tasks['main']).toMatchObject({
    status: 'cancelled',
    detail: { cause: { kind: 'cancelled', by: 'bootstrap' } },
  });
});

test('what somebody does to a container uses up no attempt of the task', async () => {
  const pipeline = uniqueId('outside');
  const ref = await startRunOf(
    gofer,
    pipelineOf(pipeline, shellTask('main', 'sleep 600', { retries: { attempts: 0, delay: 0 } })),
  );
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await (await containerOf(pipeline)).kill();
  await untilTask(gofer, ref, 'main', ({ state, detail }) => state === 'running' && detail?.attempt === 2);
  await (await containerOf(pipeline)).remove({ force: true });
  await untilTask(gofer, ref, 'main', ({ state, detail }) => state === 'running' && detail?.attempt === 3);
  await gofer.tasks.cancel({ ...ref, task: 'main' }, 0);
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']?.detail?.earlier_attempts).toMatchObject([
    { status: 'failed', cause: { kind: 'killed_from_outside', signal: 'KILL' } },
    { status: 'unknown', cause: { kind: 'container_removed' } },
  ]);
});

test('a task that takes too long is stopped, and its end says so', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(uniqueId('timeout'), shellTask('main', 'trap "exit 9" TERM; sleep 600 & wait', { timeout: 1 })),
  );
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']).toMatchObject({
    status: 'failed',
    exit_code: 9,
    status_reason: { reason: 'abnormal_exit', description: 'timed out: it may run for 1 s' },
    detail: { cause: { kind: 'timed_out', timeout: 1 } },
  });
  expect(run.status_reason?.description).toBe("task 'main': timed out: it may run for 1 s");
});

test('a run that takes too long fails, and stops its tasks', async () => {
  const pipeline = uniqueId('deadline');
  const ref = await startRunOf(gofer, {
    ...pipelineOf(
      pipeline,
      shellTask('long', 'sleep 600', { stop_grace: 0 }),
      shellTask('later', 'true', { depends_on: { long: 'Any' } }),
    ),
    timeout: 2,
  });
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run).toMatchObject({
    status: 'failed',
    status_reason: { reason: 'abnormal_exit', description: 'the run timed out: it may take 2 s' },
  });
  expect(tasks['long']).toMatchObject({
    status: 'cancelled',
    detail: { message: 'the run timed out: it may take 2 s' },
  });
  expect(tasks['later']?.status).toBe('cancelled');
  expect(await containersOf(pipeline)).toEqual([]);
});

test('a task that may fail does not spoil its run', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('allowed'),
      shellTask('flaky', 'exit 1', { allow_failure: true }),
      shellTask('on-success', 'true', { depends_on: { flaky: 'Success' } }),
      shellTask('whatever', 'true', { depends_on: { flaky: 'Any' } }),
    ),
  );
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run.status).toBe('successful');
  expect(Object.values(tasks).map(({ task_id: id, status }) => [id, status])).toEqual([
    ['flaky', 'failed'],
    ['on-success', 'skipped'],
    ['whatever', 'successful'],
  ]);
});

test('a task that uses more memory than it may says which limit it hit', async () => {
  const memory = 16 * 1024 * 1024;
  const script = 'tail /dev/zero';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('memory'), shellTask('main', script, { memory })));
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']).toMatchObject({ status: 'failed', detail: { cause: { kind: 'out_of_memory', memory } } });
  expect(tasks['main']?.status_reason?.description).toContain('out of memory (limit 16 MiB)');
});

test('an image that does not exist is told apart from one that is refused', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(uniqueId('image'), shellTask('main', 'true', { image: 'localhost:9/nothing:1' })),
  );
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']?.detail?.cause?.kind).toMatch(/^image_(unavailable|not_found)$/);
});
