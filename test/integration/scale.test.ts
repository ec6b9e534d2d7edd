import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GRAPHS } from '../../bench/graphs.ts';
import { runWorkflowId, type RunRef } from '../../core/ids.ts';
import type { TaskDocument } from '../../core/pipeline-config.ts';
import { startCluster, type Cluster } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, startRunOf, uniqueId, untilComplete, untilRun } from '../helpers/gofer.ts';
import type { Program } from '../helpers/programs.ts';

/** Its containers only pretend, so that what is tested is the engine. The long form is `npm run bench:scale`. */
let cluster: Cluster;
let worker: Program;
let connection: Connection;

beforeAll(async () => {
  cluster = await startCluster({ GOFER_WEB_SCHEDULER__ENGINE: 'none' });
  worker = await cluster.startWorker();
  connection = await Connection.connect({ address: cluster.addresses.temporalAddress });
});

afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

async function run(tasks: TaskDocument[], meanwhile?: (ref: RunRef) => Promise<void>) {
  const gofer = clientFor(cluster.addresses);
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('scale'), ...tasks));
  await meanwhile?.(ref);
  // Asking after every one of thousands of events would be most of the work.
  await expect
    .poll(async () => (await gofer.runs.get(ref)).run.state, { interval: 500, timeout: 170_000 })
    .toBe('complete');
  return { ref, ...(await untilComplete(gofer, ref)) };
}

async function historiesOf(ref: RunRef): Promise<number> {
  const client = new Client({ connection });
  let histories = 0;
  for await (const { historyLength } of client.workflow.list({ query: `WorkflowId = '${runWorkflowId(ref)}'` })) {
    expect(historyLength).toBeLessThan(10_000);
    histories += 1;
  }
  return histories;
}

test(
  'a run that is too large for one history goes on in others, also past the death of its worker',
  { timeout: 180_000 },
  async () => {
    const tasks = GRAPHS.layers(1_500);
    const {
      ref,
      run: ended,
      tasks: executions,
    } = await run(tasks, async (started) => {
      const gofer = clientFor(cluster.addresses);
      await untilRun(gofer, started, ({ state }) => state === 'running');
      await worker.kill('SIGKILL');
      worker = await cluster.startWorker();
    });
    expect(ended.status).toBe('successful');
    expect(Object.keys(executions)).toHaveLength(tasks.length);
    expect(new Set(Object.values(executions).map(({ status }) => status))).toEqual(new Set(['successful']));
    expect(await historiesOf(ref)).toBeGreaterThan(1);
  },
);

test('a fan-out has more tasks than Temporal would run at once', { timeout: 180_000 }, async () => {
  const { run: ended } = await run(GRAPHS.fan(2_100));
  expect(ended.status).toBe('successful');
});

test('a failure at the top skips thousands of tasks at once', { timeout: 120_000 }, async () => {
  const [root, ...others] = GRAPHS.fan(3_000);
  if (!root) throw new Error('a fan has a root');
  const children = others.map((task) => ({ ...task, depends_on: { t0: 'Failure' as const } }));
  const { run: ended, tasks } = await run([root, ...children]);
  expect(ended.status).toBe('successful');
  expect(Object.values(tasks).filter(({ status }) => status === 'skipped')).toHaveLength(children.length);
});
