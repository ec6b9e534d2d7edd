import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInfo } from 'dockerode';
import type { Event } from '../../sdk/wire.ts';
import { GAP } from '../../activities/log-pump.ts';
import { runKey, type TaskRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { PrivateEngine } from '../integration/helpers/private-engine.ts';
import type { StartedRun } from './workload.ts';

/** How long the reaper may take to find a container, in milliseconds. */
const REAPER_MS = 480_000;

/** A check and what is wrong by it; nothing if all is well. */
export interface Check {
  readonly name: string;
  readonly looked: number;
  readonly wrong: readonly string[];
}

/** Looks at everything that has to hold when all runs are over. */
export async function verify(
  gofer: GoferClient,
  engine: PrivateEngine,
  runs: readonly StartedRun[],
  starts: ReadonlyMap<string, number>,
): Promise<readonly Check[]> {
  const states: string[] = [];
  const logs: string[] = [];
  let tasks = 0;
  let gaps = 0;
  for (const { ref, kind } of runs) {
    const { run } = await gofer.runs.get(ref);
    if (run.status !== kind.run)
      states.push(`${runKey(ref)} ended ${run.status}, not ${kind.run}: ${run.detail?.message}`);
    for (const execution of (await gofer.tasks.list(ref)).task_executions) {
      tasks += 1;
      const expected = kind.tasks[execution.task_id];
      const key = `${runKey(ref)}/${execution.task_id}`;
      if (execution.status !== expected?.status) {
        states.push(`${key} ended ${execution.status}, not ${expected?.status}: ${execution.detail?.message}`);
      } else if (expected.log !== undefined) {
        const log = await attemptLog(gofer, { ...ref, task: execution.task_id }, execution.detail?.attempt ?? 1);
        const hasGap = log.endsWith(`${GAP}\n`);
        if (hasGap) gaps += 1;
        const isGood = hasGap ? expected.log.startsWith(log.slice(0, -GAP.length - 1)) : log === expected.log;
        if (!isGood) logs.push(`${key} printed ${describe(log)} instead of ${describe(expected.log)}`);
      }
    }
  }
  const events = await readEvents(gofer);
  const left = await leftContainers(engine);
  const twice = [...starts].filter(([, count]) => count > 1).map(([attempt, count]) => `${attempt}: ${count} times`);
  return [
    { name: 'runs and tasks end as they should', looked: runs.length + tasks, wrong: states },
    { name: 'no attempt is started twice', looked: starts.size, wrong: twice },
    { name: `logs are complete to the byte, or say that the engine was away (${gaps})`, looked: tasks, wrong: logs },
    { name: 'every event once and in order', looked: events.length, wrong: checkEvents(events, runs) },
    {
      name: 'no container is left',
      looked: left.length,
      wrong: left.map(({ Names: names, State: state }) => `${names.join()} (${state})`),
    },
  ];
}

/**
 * The containers that stay. One whose worker was killed while the engine was making it is known to nobody, and is for the
 * reaper, which looks every five minutes and leaves alone what is younger than two.
 */
async function leftContainers({ docker }: PrivateEngine): Promise<readonly ContainerInfo[]> {
  const deadline = Date.now() + REAPER_MS;
  for (;;) {
    const left = await docker.listContainers({ all: true, filters: { label: ['gofer.instance'] } });
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(1_000);
  }
}

/** The log of one attempt alone. */
async function attemptLog({ api }: GoferClient, ref: TaskRef, attempt: number): Promise<string> {
  const path = { namespace_id: ref.namespace, pipeline_id: ref.pipeline, run_id: ref.run, task_id: ref.task };
  const { data } = await api.GET(
    '/api/namespaces/{namespace_id}/pipelines/{pipeline_id}/runs/{run_id}/tasks/{task_id}/log/text',
    { params: { path, query: { attempt } }, parseAs: 'text' },
  );
  return data ?? '';
}

function describe(log: string): string {
  return `${log.length} bytes, ending in ${JSON.stringify(log.slice(-40))}`;
}

/** All events there are, the oldest first. */
async function readEvents(gofer: GoferClient): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of gofer.followEvents({ history: true, reverse: true })) events.push(event);
  return events.toReversed();
}

function checkEvents(events: readonly Event[], runs: readonly StartedRun[]): readonly string[] {
  const wrong: string[] = [];
  const ids = events.map(({ id }) => id);
  if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))) wrong.push('ids do not ascend');
  const byRun = Map.groupBy(events, ({ kind }) => {
    const [fields] = Object.values(kind) as { namespace_id?: string; pipeline_id?: string; run_id?: number }[];
    return fields?.run_id === undefined ? '' : `${fields.namespace_id}/${fields.pipeline_id}/${fields.run_id}`;
  });
  for (const { ref, kind } of runs) {
    const story = (byRun.get(runKey(ref)) ?? []).map((event) => nameOf(event));
    const problem = checkStory(story, Object.keys(kind.tasks));
    if (problem) wrong.push(`${runKey(ref)}: ${problem} in ${story.join(', ')}`);
  }
  return wrong;
}

/** `completed_task_execution two`, and with the attempt if that is not the first. */
function nameOf({ kind }: Event): string {
  const [[name, fields] = ['', {}]] = Object.entries(kind) as [
    string,
    { task_execution_id?: string; attempt?: number },
  ][];
  return [name, fields.task_execution_id, fields.attempt].filter((part) => part !== undefined).join(' ');
}

function checkStory(story: readonly string[], tasks: readonly string[]): string | undefined {
  const repeated = story.find((name, index) => story.indexOf(name) !== index);
  if (repeated !== undefined) return `'${repeated}' twice`;
  const place = (name: string) => story.indexOf(name);
  for (const name of ['queued_run', 'completed_run', ...tasks.map((task) => `completed_task_execution ${task}`)]) {
    // A run that was cancelled before its turn has no tasks.
    if (place(name) < 0 && (name.endsWith('_run') || place('started_run') >= 0)) return `no '${name}'`;
  }
  if (place('queued_run') !== 0 || place('completed_run') !== story.length - 1) return 'the wrong beginning or end';
  for (const task of tasks) {
    const [created, started, completed] = ['created', 'started', 'completed'].map((verb) =>
      place(`${verb}_task_execution ${task}`),
    ) as [number, number, number];
    if (started >= 0 && !(created < started && started < completed)) return `the wrong order for '${task}'`;
  }
  return undefined;
}
