/**
 * Measures how a single run grows: time and memory against the number of its tasks, for three shapes of graphs whose
 * containers only pretend to run; and then very many runs of one pipeline at once, which have to begin in their order.
 *
 *   npm run bench:scale [-- --sizes 1000,10000] [-- --save]
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { runWorkflowId, type RunRef } from '../core/ids.ts';
import type { GoferClient } from '../sdk/client.ts';
import { startCluster } from '../test/helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, startRunOf } from '../test/helpers/gofer.ts';
import { GRAPHS } from './graphs.ts';
import { circumstances, save } from './report.ts';

const { values: flags } = parseArgs({
  options: { sizes: { type: 'string', default: '1000,10000' }, save: { type: 'boolean', default: false } },
});

interface Row {
  readonly graph: string;
  readonly tasks: number;
  readonly seconds: number;
  readonly tasksPerSecond: number;
  readonly histories: number;
  /** Of the worker at its end, in MiB. */
  readonly memory: number;
}

const RUNS = 500;
/** How many of them may run at once. */
const PARALLELISM = 20;

const machine = circumstances();
const cluster = await startCluster({ GOFER_WEB_SCHEDULER__ENGINE: 'none', GOFER_WEB_API__LOG_LEVEL: 'info' });
try {
  const worker = await cluster.startWorker();
  const gofer = clientFor(cluster.addresses);
  const connection = await Connection.connect({ address: cluster.addresses.temporalAddress });
  const client = new Client({ connection });
  const rows: Row[] = [];
  for (const [graph, build] of Object.entries(GRAPHS)) {
    // The longest chain that has to work is of a thousand tasks.
    const sizes = flags.sizes.split(',').map((size) => (graph === 'chain' ? Number(size) / 10 : Number(size)));
    for (const tasks of sizes) {
      const start = performance.now();
      const ref = await startRunOf(gofer, pipelineOf(`${graph}-${tasks}`, ...build(tasks)));
      const run = await untilOver(gofer, ref);
      const seconds = (performance.now() - start) / 1000;
      if (run.status !== 'successful') throw new Error(`${graph} ${tasks} ended ${run.status}`);
      const { count: histories } = await client.workflow.count(`WorkflowId = '${runWorkflowId(ref)}'`);
      const tasksPerSecond = Math.round(tasks / seconds);
      const row = { graph, tasks, seconds: Math.round(seconds * 10) / 10, tasksPerSecond, histories };
      rows.push({ ...row, memory: await memoryOf(worker.child.pid ?? 0) });
      console.error(JSON.stringify(rows.at(-1)));
    }
  }
  console.log(
    '| graph | tasks | seconds | tasks/s | histories | worker MiB |\n| --- | ---: | ---: | ---: | ---: | ---: |',
  );
  for (const row of rows) console.log(`| ${Object.values(row).join(' | ')} |`);
  const runs = await measureRuns(gofer);
  console.log(`${RUNS} runs of one pipeline, ${PARALLELISM} at a time: ${runs.seconds} s, all in order`);
  await save(flags.save ? `scale-${machine.date.slice(0, 10)}` : 'scale-latest', { ...machine, rows, runs });
  await connection.close();
} finally {
  await cluster.stop();
}

/** Starts all at once, and waits for the end of the last. Fails unless all succeed and began in the order of their numbers. */
async function measureRuns(gofer: GoferClient): Promise<{ readonly seconds: number }> {
  const pipeline = { namespace: 'default', pipeline: 'many' };
  await gofer.configs.register(pipeline.namespace, {
    ...pipelineOf(pipeline.pipeline, shellTask('main', 'true')),
    parallelism: PARALLELISM,
  });
  const start = performance.now();
  const started = await Promise.all(Array.from({ length: RUNS }, () => gofer.runs.start(pipeline)));
  for (const { run } of started) await untilOver(gofer, { ...pipeline, run: run.run_id });
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const { runs } = await gofer.runs.list(pipeline, { limit: RUNS });
  const inOrder = runs.toSorted((a, b) => a.run_id - b.run_id);
  for (const [index, { run_id: run, status, detail }] of inOrder.entries()) {
    if (status !== 'successful') throw new Error(`run ${run} ended ${status}`);
    const before = inOrder[index - 1];
    if (before && (before.detail?.began ?? 0) > (detail?.began ?? 0))
      throw new Error(`run ${run} overtook the one before`);
  }
  if (runs.length !== RUNS) throw new Error(`there are ${runs.length} runs instead of ${RUNS}`);
  return { seconds };
}

/** Asks now and then, because asking after every event would be most of the work. */
async function untilOver(gofer: GoferClient, ref: RunRef) {
  for (;;) {
    const { run } = await gofer.runs.get(ref);
    if (run.state === 'complete') return run;
    await sleep(100);
  }
}

/** The resident memory of a process, in MiB. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
