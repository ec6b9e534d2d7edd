import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { runWorkflowId, type RunRef } from '../../core/ids.ts';
import type { TaskDocument } from '../../core/pipeline-config.ts';
import { pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilTask } from '../../test/helpers/gofer.ts';
import type { Scenario, Stage } from './stage.ts';

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

/** Histories of runs. */
export const runScenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  Object.entries(SCENARIOS).map(([name, play]) => [
    name,
    async (stage) => {
      const ref = await play(stage);
      await untilComplete(stage.gofer, ref);
      return runWorkflowId(ref);
    },
  ]),
);
