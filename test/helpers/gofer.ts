import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { RunRef } from '../../core/ids.ts';
import type { PipelineDocument, TaskDocument } from '../../core/pipeline-config.ts';
import { GoferClient } from '../../sdk/client.ts';
import type { Run, TaskExecution } from '../../sdk/wire.ts';

/** A client for the shared cluster, or for another one. */
export function clientFor({ apiUrl, token } = inject('cluster')): GoferClient {
  return new GoferClient({ apiBaseUrl: apiUrl, token });
}

/** A pipeline id that no other test uses. */
export function uniqueId(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** A task of the base image that runs a shell script. */
export function shellTask(id: string, script: string, more: Partial<TaskDocument> = {}): TaskDocument {
  return {
    id,
    image: 'gofer/base:1',
    depends_on: {},
    variables: {},
    command: ['sh', '-c', script],
    inject_api_token: false,
    always_pull_newest_image: false,
    ...more,
  };
}

export function pipelineOf(id: string, ...tasks: TaskDocument[]): PipelineDocument {
  return { id, name: id, parallelism: 0, tasks };
}

/** Registers a pipeline in the default namespace and starts a run of it. */
export async function startRunOf(
  gofer: GoferClient,
  document: PipelineDocument,
  variables: Record<string, string> = {},
): Promise<RunRef> {
  await gofer.configs.register('default', document);
  const { run } = await gofer.runs.start({ namespace: 'default', pipeline: document.id }, variables);
  return { namespace: 'default', pipeline: document.id, run: run.run_id };
}

/** A finished run with its tasks by id. */
export interface Finished {
  readonly run: Run;
  readonly tasks: Readonly<Record<string, TaskExecution>>;
}

/** Waits, by the event stream, until a run is complete. */
export async function untilComplete(gofer: GoferClient, ref: RunRef): Promise<Finished> {
  await untilRun(gofer, ref, ({ state }) => state === 'complete');
  const { run } = await gofer.runs.get(ref);
  const { task_executions: executions } = await gofer.tasks.list(ref);
  return { run, tasks: Object.fromEntries(executions.map((execution) => [execution.task_id, execution])) };
}

/** Waits, by the event stream, until a run satisfies a condition. */
export async function untilRun(gofer: GoferClient, ref: RunRef, condition: (run: Run) => boolean): Promise<void> {
  await untilHolds(gofer, async () => condition((await gofer.runs.get(ref)).run));
}

/** Waits, by the event stream, until a task execution satisfies a condition. */
export async function untilTask(
  gofer: GoferClient,
  ref: RunRef,
  task: string,
  condition: (task: TaskExecution) => boolean,
): Promise<void> {
  await untilHolds(gofer, async () => {
    const { task_executions: executions } = await gofer.tasks.list(ref);
    return executions.some((execution) => execution.task_id === task && condition(execution));
  });
}

/** Asks again whenever anything has happened, so that no test waits for time to pass. */
async function untilHolds(gofer: GoferClient, holds: () => Promise<boolean>): Promise<void> {
  const enough = new AbortController();
  let opened = () => {};
  const listening = new Promise<void>((resolve) => (opened = resolve));
  const events = gofer.followEvents({ signal: enough.signal, onOpen: () => opened() });
  try {
    const first = events.next();
    first.catch(() => undefined);
    await Promise.race([listening, first]);
    if (await holds()) return;
    await first;
    if (await holds()) return;
    for await (const _event of events) if (await holds()) return;
  } finally {
    enough.abort();
  }
}

/** The whole log of a task. */
export async function logOf(gofer: GoferClient, ref: RunRef, task: string): Promise<string> {
  let text = '';
  for await (const piece of gofer.followLogs({ ...ref, task })) text += piece;
  return text;
}
