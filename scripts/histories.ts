/**
 * Records histories of runs for the replay test, on a cluster of its own:
 *
 *     npm run build && node scripts/histories.ts [name...]
 *
 * Every file in test/histories/run is a promise: workflow code that cannot replay it would break runs that are under way
 * when it is deployed. Record anew only when no such run can exist any more; otherwise add scenarios beside the old ones.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { runWorkflowId, type RunRef } from '../core/ids.ts';
import type { TaskDocument } from '../core/pipeline-config.ts';
import { packageRoot } from '../runtime/paths.ts';
import type { GoferClient } from '../sdk/client.ts';
import { startCluster, type Cluster } from '../test/helpers/cluster.ts';
import {
  clientFor,
  pipelineOf,
  shellTask,
  startRunOf,
  uniqueId,
  untilComplete,
  untilTask,
} from '../test/helpers/gofer.ts';
import type { Program } from '../test/helpers/programs.ts';

interface Stage {
  readonly cluster: Cluster;
  readonly gofer: GoferClient;
  readonly client: Client;
  worker: Program;
}

/** The replay test looks for these words: nothing of a config, of its secrets or of its logs belongs in a history. */
const PRIVATE = {
  variables: { WORD: 'private-value' },
  registry_auth: { user: 'private-user', pass: 'private-password' },
};

function task(id: string, script: string, depends_on: TaskDocument['depends_on'] = {}): TaskDocument {
  return shellTask(id, `echo private-output; ${script}`, { ...PRIVATE, depends_on });
}

const start = (stage: Stage, tasks: TaskDocument[], parallelism = 0) =>
  startRunOf(
    stage.gofer,
    { ...pipelineOf(uniqueId('history'), ...tasks), parallelism },
    { RUN_WORD: 'private-run-value' },
  );

const startWithTimeout = (stage: Stage, tasks: TaskDocument[]) =>
  startRunOf(stage.gofer, { ...pipelineOf(uniqueId('history'), ...tasks), timeout: 1 });

const untilRunning = (stage: Stage, ref: RunRef, id: string) =>
  untilTask(stage.gofer, ref, id, ({ state }) => state === 'running');

/** Returns when the workflow of a pending run has asked for admission and sleeps. */
async function untilItWaits(client: Client, ref: RunRef): Promise<void> {
  const workflow = client.workflow.getHandle(runWorkflowId(ref));
  const isTimer = ({ timerStartedEventAttributes: timer }: { timerStartedEventAttributes?: unknown }) => Boolean(timer);
  while (!(await workflow.fetchHistory()).events?.some(isTimer)) await sleep(50);
}

/** Each returns the run whose history is kept. */
const SCENARIOS: Readonly<Record<string, (stage: Stage) => Promise<RunRef>>> = {
  'chain-succeeds': (stage) =>
    start(stage, [
      task('one', 'true'),
      task('two', 'true', { one: 'Success' }),
      task('three', 'true', { two: 'Success' }),
    ]),

  'failure-skips-tasks': (stage) =>
    start(stage, [
      task('good', 'exit 0'),
      task('bad', 'exit 3'),
      task('after-both', 'true', { good: 'Success', bad: 'Success' }),
      task('after-skipped', 'true', { 'after-both': 'Success' }),
      task('on-failure', 'true', { bad: 'Failure' }),
      task('whatever', 'true', { 'after-both': 'Any', 'on-failure': 'Any' }),
    ]),

  'cancelled-while-running': async (stage) => {
    const ref = await start(stage, [task('long', 'sleep 600'), task('later', 'true', { long: 'Any' })]);
    await untilRunning(stage, ref, 'long');
    await stage.gofer.runs.cancel(ref);
    return ref;
  },

  'cancelled-while-pending': async (stage) => {
    const first = await start(stage, [task('main', 'sleep 600')], 1);
    await untilRunning(stage, first, 'main');
    const { run } = await stage.gofer.runs.start(first);
    const second = { ...first, run: run.run_id };
    await untilItWaits(stage.client, second);
    await stage.gofer.runs.cancel(second);
    await untilComplete(stage.gofer, second);
    await stage.gofer.runs.cancel(first);
    return second;
  },

  'called-when-it-is-its-turn': async (stage) => {
    const first = await start(stage, [task('main', 'sleep 0.5')], 1);
    const { run } = await stage.gofer.runs.start(first);
    return { ...first, run: run.run_id };
  },

  'tasks-cancelled': async (stage) => {
    const ref = await start(stage, [
      task('long', 'sleep 600'),
      task('waiting', 'true', { long: 'Any' }),
      task('child', 'true', { waiting: 'Any' }),
      task('grandchild', 'true', { child: 'Any' }),
    ]);
    await untilRunning(stage, ref, 'long');
    await stage.gofer.tasks.cancel({ ...ref, task: 'waiting' }, 0);
    await untilTask(stage.gofer, ref, 'waiting', ({ status }) => status === 'cancelled');
    await stage.gofer.tasks.cancel({ ...ref, task: 'long' }, 0);
    return ref;
  },

  'tried-again': (stage) =>
    start(stage, [
      { ...task('flaky', 'exit 3'), retries: { attempts: 2, delay: 0.2 } },
      task('after', 'true', { flaky: 'Failure' }),
    ]),

  'run-timed-out': (stage) =>
    startWithTimeout(stage, [task('long', 'sleep 600'), task('later', 'true', { long: 'Any' })]),

  'worker-killed': async (stage) => {
    const ref = await start(stage, [task('one', 'sleep 3'), task('two', 'true', { one: 'Success' })]);
    await untilRunning(stage, ref, 'one');
    await stage.worker.kill('SIGKILL');
    stage.worker = await stage.cluster.startWorker();
    return ref;
  },
};

/** The history, an event on each line, in a form that survives JSON and that a replay takes. */
async function readHistory(client: Client, ref: RunRef): Promise<string> {
  const { events } = await client.workflow.getHandle(runWorkflowId(ref)).fetchHistory();
  return `{"events":[\n${events?.map((event) => JSON.stringify(plain(event))).join(',\n')}\n]}\n`;
}

/**
 * A protobuf message as a plain object that can be encoded again: numbers for 64-bit integers, base64 for bytes. Temporal's
 * own JSON form needs one single protobufjs in the tree, which npm does not promise. Leaves out what is empty, and what
 * tells about the machine that recorded it.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(`@${hostname()}`, '@recorder');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('toNumber' in value && typeof value.toNumber === 'function') return value.toNumber() as number;
  const fields = Object.entries(value).filter(([key, field]) => key !== 'stackTrace' && !isEmpty(field));
  return Object.fromEntries(fields.map(([key, field]) => [key, plain(field)]));
}

function isEmpty(field: unknown): boolean {
  return field === null || field === undefined || (Array.isArray(field) && field.length === 0);
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SCENARIOS);
const folder = join(packageRoot, 'test', 'histories', 'run');
mkdirSync(folder, { recursive: true });
const cluster = await startCluster();
try {
  const connection = await Connection.connect({ address: cluster.addresses.temporalAddress });
  const client = new Client({ connection });
  const stage = { cluster, client, gofer: clientFor(cluster.addresses), worker: await cluster.startWorker() };
  for (const name of names) {
    const scenario = SCENARIOS[name];
    if (!scenario) throw new Error(`there is no scenario '${name}', but ${Object.keys(SCENARIOS).join(', ')}`);
    const ref = await scenario(stage);
    await untilComplete(stage.gofer, ref);
    await client.workflow.getHandle(runWorkflowId(ref)).result();
    writeFileSync(join(folder, `${name}.json`), await readHistory(client, ref));
    console.log(`recorded ${name}`);
  }
  await connection.close();
} finally {
  await cluster.stop();
}
