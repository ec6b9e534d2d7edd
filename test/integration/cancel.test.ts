import { expect, test } from 'vitest';
import { containersOf } from '../helpers/docker.ts';
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

test('cancelling a run stops its containers at once and ends its other tasks', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('cancel'),
      shellTask('long', 'echo working; sleep 600'),
      shellTask('later', 'true', { depends_on: { long: 'Any' } }),
    ),
  );
  await untilTask(gofer, ref, 'long', ({ state }) => state === 'running');
  const asked = Date.now();
  await gofer.runs.cancel(ref);
  const { run, tasks } = await untilComplete(gofer, ref);

  expect(Date.now() - asked).toBeLessThan(5_000);
  expect(run).toMatchObject({ status: 'cancelled', status_reason: { reason: 'user_cancelled' } });
  expect(run.detail?.cancelled_by).toBe('bootstrap');
  expect(tasks['long']).toMatchObject({ status: 'cancelled', exit_code: 1, status_reason: { reason: 'cancelled' } });
  expect(tasks['later']).toMatchObject({ status: 'cancelled', started: 0 });
  expect(await logOf(gofer, ref, 'long')).toBe('working\n');
  expect(await containersOf(ref.pipeline)).toEqual([]);
});

test('a program gets TERM and the time to clean up', async () => {
  const script = 'trap "echo cleaning up; exit 0" TERM; echo ready; while true; do sleep 0.1; done';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('grace'), shellTask('main', script)));
  for await (const piece of gofer.followLogs({ ...ref, task: 'main' })) {
    if (piece === 'ready\n') await gofer.runs.cancel(ref);
  }
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']?.status).toBe('cancelled');
  expect(await logOf(gofer, ref, 'main')).toBe('ready\ncleaning up\n');
});

test('a program that ignores TERM is killed when its time is up', async () => {
  const script = 'trap "" TERM; echo ready; while true; do sleep 0.1; done';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('stubborn'), shellTask('main', script)));
  for await (const piece of gofer.followLogs({ ...ref, task: 'main' })) {
    if (piece === 'ready\n') await gofer.tasks.cancel({ ...ref, task: 'main' }, 1);
  }
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']).toMatchObject({ status: 'cancelled', status_reason: { reason: 'cancelled' } });
  expect(run.status).toBe('cancelled');
});

test('the children of a cancelled task are skipped, and whoever takes any outcome of those runs', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('one-task'),
      shellTask('long', 'sleep 600'),
      shellTask('child', 'true', { depends_on: { long: 'Any' } }),
      shellTask('grandchild', 'true', { depends_on: { child: 'Any' } }),
    ),
  );
  await untilTask(gofer, ref, 'long', ({ state }) => state === 'running');
  await gofer.tasks.cancel({ ...ref, task: 'long' }, 0);
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run.status).toBe('cancelled');
  expect(tasks['child']?.status).toBe('skipped');
  expect(tasks['grandchild']?.status).toBe('successful');
});

test('a waiting task can be cancelled', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('waiting'),
      shellTask('gate', 'while true; do sleep 0.1; done'),
      shellTask('waiting', 'true', { depends_on: { gate: 'Any' } }),
    ),
  );
  await untilTask(gofer, ref, 'gate', ({ state }) => state === 'running');
  await gofer.tasks.cancel({ ...ref, task: 'waiting' }, 0);
  await untilTask(gofer, ref, 'waiting', ({ status }) => status === 'cancelled');
  await gofer.tasks.cancel({ ...ref, task: 'gate' }, 0);
  expect((await untilComplete(gofer, ref)).run.status).toBe('cancelled');
});

test('cancelling what is over changes nothing', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('over'), shellTask('main', 'true')));
  const { run } = await untilComplete(gofer, ref);
  await gofer.runs.cancel(ref);
  await gofer.tasks.cancel({ ...ref, task: 'main' }, 0);
  expect((await gofer.runs.get(ref)).run).toEqual(run);
});
