import { afterAll, beforeAll, expect, test } from 'vitest';
import { containersOf, countStarts, letGo } from '../helpers/docker.ts';
import { startCluster, type Cluster } from '../helpers/cluster.ts';
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

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

test('a worker that is killed in the middle of a run costs nothing: no start twice, no log line lost', async () => {
  const gofer = clientFor(cluster.addresses);
  const pipeline = uniqueId('crash');
  const stop = new AbortController();
  const starts = await countStarts(pipeline, stop.signal);
  const count = 'i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "line $i"; sleep 0.01; done';
  const lines = Array.from({ length: 400 }, (_, index) => `line ${index + 1}\n`).join('');

  const doomed = await cluster.startWorker();
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      pipeline,
      shellTask('first', 'echo one'),
      shellTask('second', count, { depends_on: { first: 'Success' } }),
      shellTask('third', 'echo three', { depends_on: { second: 'Success' } }),
    ),
  );
  for await (const piece of gofer.followLogs({ ...ref, task: 'second' })) if (piece === 'line 20\n') break;
  await doomed.kill('SIGKILL');
  await cluster.startWorker();
  const { run, tasks } = await untilComplete(gofer, ref);

  expect(run.status).toBe('successful');
  expect(Object.values(tasks).map(({ status, exit_code }) => [status, exit_code])).toEqual(
    Array(3).fill(['successful', 0]),
  );
  expect(await logOf(gofer, ref, 'first')).toBe('one\n');
  expect(await logOf(gofer, ref, 'second')).toBe(lines);
  expect(await logOf(gofer, ref, 'third')).toBe('three\n');
  expect(starts).toEqual({ first: 1, second: 1, third: 1 });
  stop.abort();
});

test('a worker that shuts down leaves its containers to the next one', async () => {
  const gofer = clientFor(cluster.addresses);
  const pipeline = uniqueId('handover');
  const stop = new AbortController();
  const starts = await countStarts(pipeline, stop.signal);
  const leaving = await cluster.startWorker();
  const script = 'echo begin; while [ ! -f /go ]; do sleep 0.05; done; echo end';
  const ref = await startRunOf(gofer, pipelineOf(pipeline, shellTask('main', script)));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  expect(await leaving.kill('SIGTERM')).toBe(0);

  expect((await containersOf(pipeline)).map(({ State: state }) => state)).toEqual(['running']);
  await letGo(pipeline);
  await cluster.startWorker();
  expect((await untilComplete(gofer, ref)).run.status).toBe('successful');
  expect(await logOf(gofer, ref, 'main')).toBe('begin\nend\n');
  expect(starts).toEqual({ main: 1 });
  stop.abort();
});
