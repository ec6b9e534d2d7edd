import { notFound } from '../core/errors.ts';
import { taskKey, type RunRef, type TaskRef } from '../core/ids.ts';
import type { TaskOutcome } from '../core/states.ts';
import type { PrismaClient, TaskExecution as TaskExecutionRow } from '../generated/prisma/client.ts';
import type { Config, Task, TaskExecution, TaskExecutionDetail, Variable } from '../sdk/wire.ts';
import { fromJson, MAX_INTEGER, toJson, toMillis, type Database } from './client.ts';
import { getConfig } from './configs.ts';
import { recordEvent, recordEvents } from './events.ts';
import { CANCELLATION_CHANNEL, findRun, runFields, runRowKey } from './runs.ts';

/** A task execution to create. */
export interface NewTaskExecution {
  readonly task: string;
  readonly variables: readonly Variable[];
}

function taskRowKey(ref: TaskRef) {
  return { ...runRowKey(ref), taskId: ref.task };
}

function taskFields(ref: TaskRef) {
  return { ...runFields(ref), task_execution_id: ref.task };
}

/** Creates the task executions of a run, all waiting, and reports each and the run's start. */
export async function createTaskExecutions(
  tx: Database,
  run: RunRef,
  tasks: readonly NewTaskExecution[],
): Promise<void> {
  await tx.taskExecution.createMany({
    data: tasks.map(({ task, variables }) => ({ ...taskRowKey({ ...run, task }), variables: toJson(variables) })),
  });
  await recordEvents(tx, [
    { started_run: runFields(run) },
    ...tasks.map(({ task }) => ({ created_task_execution: taskFields({ ...run, task }) })),
  ]);
}

/** The task executions of a run by task id. A missing run has none. */
export async function listTaskExecutions(db: Database, run: RunRef): Promise<TaskExecution[]> {
  if (run.run > MAX_INTEGER) return [];
  const rows = await db.taskExecution.findMany({ where: runRowKey(run), orderBy: { taskId: 'asc' } });
  if (rows.length === 0) return [];
  const config = await configOfRun(db, run);
  const open = new Set(rows.filter((row) => row.ended === null).map((row) => row.taskId));
  return rows.map((row) => toTaskExecution(row, config, open));
}

export async function getTaskExecution(db: Database, ref: TaskRef): Promise<TaskExecution> {
  const row = await findTaskExecution(db, ref);
  const config = await configOfRun(db, ref);
  const parents = Object.keys(config.tasks[ref.task]?.depends_on ?? {});
  const open = await db.taskExecution.findMany({
    where: { ...runRowKey(ref), taskId: { in: parents }, ended: null },
    select: { taskId: true },
  });
  return toTaskExecution(row, config, new Set(open.map(({ taskId }) => taskId)));
}

export async function findTaskExecution(db: Database, ref: TaskRef): Promise<TaskExecutionRow> {
  const where = { namespaceId_pipelineId_runId_taskId: taskRowKey(ref) };
  const row = ref.run > MAX_INTEGER ? null : await db.taskExecution.findUnique({ where });
  if (!row) throw notFound('task execution', taskKey(ref));
  return row;
}

/** Notes that something is being done for a task that has not started yet, and what. */
export async function markProcessing(db: Database, ref: TaskRef, message: string): Promise<void> {
  await db.taskExecution.updateMany({
    where: { ...taskRowKey(ref), state: { in: ['waiting', 'processing'] } },
    data: { state: 'processing', message },
  });
}

/** Notes that a task's container runs. Repeating it changes nothing and reports nothing. */
export async function markStarted(
  db: PrismaClient,
  ref: TaskRef,
  container: { id: string; imageDigest: string | undefined },
): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.taskExecution.updateMany({
      where: { ...taskRowKey(ref), state: { in: ['waiting', 'processing'] } },
      data: {
        state: 'running',
        started: new Date(),
        message: null,
        containerId: container.id,
        ...(container.imageDigest !== undefined && { imageDigest: container.imageDigest }),
      },
    });
    if (count > 0) await recordEvent(tx, { started_task_execution: taskFields(ref) });
  });
}

/** How a task ended, and when its container ran, in milliseconds by the engine's clock. */
export interface TaskEndRecord {
  readonly outcome: TaskOutcome;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly skippedBecause?: NonNullable<TaskExecutionDetail['skipped_because']>;
}

/** Records how tasks ended. A task whose end is recorded already is left alone. */
export async function markTasksComplete(
  db: PrismaClient,
  run: RunRef,
  ends: readonly (TaskEndRecord & { readonly task: string })[],
): Promise<void> {
  await db.$transaction(async (tx) => {
    const recorded: (typeof ends)[number][] = [];
    for (const end of ends) {
      const { count } = await tx.taskExecution.updateMany({
        where: { ...taskRowKey({ ...run, task: end.task }), ended: null },
        data: {
          state: 'complete',
          message: null,
          status: end.outcome.status,
          reason: end.outcome.reason ?? null,
          description: end.outcome.description ?? null,
          exitCode: end.outcome.exitCode,
          ended: new Date(Math.max(end.startedAt ?? 0, end.endedAt ?? Date.now())),
          ...(end.startedAt !== undefined && { started: new Date(end.startedAt) }),
          ...(end.skippedBecause && { skippedBecause: toJson(end.skippedBecause) }),
        },
      });
      if (count > 0) recorded.push(end);
    }
    await recordEvents(
      tx,
      recorded.map(({ task, outcome }) => ({
        completed_task_execution: { ...taskFields({ ...run, task }), status: outcome.status },
      })),
    );
  });
}

/**
 * Asks for a task's cancellation, and wakes the worker that supervises it. Returns false, and does nothing, if the task is
 * over. Whoever asks first sets the grace period; asking again only wakes everybody again.
 *
 * @param graceSeconds between TERM and KILL
 */
export async function requestTaskCancellation(db: PrismaClient, ref: TaskRef, graceSeconds: number): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const { ended } = await findTaskExecution(tx, ref);
    if (ended !== null) return false;
    const { count } = await tx.taskExecution.updateMany({
      where: { ...taskRowKey(ref), ended: null, cancelRequested: null },
      data: { cancelRequested: new Date(), cancelGrace: Math.min(graceSeconds, MAX_INTEGER) },
    });
    await tx.$executeRaw`select pg_notify(${CANCELLATION_CHANNEL}, ${taskKey(ref)})`;
    const fields = { ...taskFields(ref), timeout: graceSeconds };
    if (count > 0) await recordEvent(tx, { started_task_execution_cancellation: fields });
    return true;
  });
}

export async function markLogsRemoved(db: Database, ref: TaskRef): Promise<void> {
  await db.taskExecution.updateMany({ where: taskRowKey(ref), data: { logsRemoved: true } });
}

/** The config that a run uses. */
export async function configOfRun(db: Database, run: RunRef): Promise<Config> {
  const { version } = await findRun(db, run);
  return getConfig(db, run, version);
}

/** One task of the config that a run uses. */
export function findTask(config: Config, task: string): Task {
  const found = config.tasks[task];
  if (!found)
    throw notFound(`task of pipeline '${config.namespace_id}/${config.pipeline_id}' v${config.version}`, task);
  return found;
}

function toTaskExecution(row: TaskExecutionRow, config: Config, open: ReadonlySet<string>): TaskExecution {
  const task = findTask(config, row.taskId);
  return {
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    run_id: row.runId,
    task_id: row.taskId,
    created: toMillis(row.created),
    started: toMillis(row.started),
    ended: toMillis(row.ended),
    exit_code: row.exitCode,
    logs_expired: row.logsExpired,
    logs_removed: row.logsRemoved,
    state: row.state as TaskExecution['state'],
    status: row.status as TaskExecution['status'],
    status_reason: row.reason
      ? {
          reason: row.reason as NonNullable<TaskExecution['status_reason']>['reason'],
          description: row.description ?? '',
        }
      : null,
    variables: fromJson<Variable[]>(row.variables),
    task,
    detail: toDetail(row, task, open),
  };
}

function toDetail(row: TaskExecutionRow, task: Task, open: ReadonlySet<string>): TaskExecutionDetail {
  const message = row.description ?? row.message;
  return {
    ...(message !== null && { message }),
    ...(row.state === 'waiting' && { waiting_for: Object.keys(task.depends_on).filter((parent) => open.has(parent)) }),
    ...(row.containerId !== null && { container_id: row.containerId }),
    ...(row.imageDigest !== null && { image_digest: row.imageDigest }),
    ...(row.skippedBecause !== null && {
      skipped_because: fromJson<NonNullable<TaskExecutionDetail['skipped_because']>>(row.skippedBecause),
    }),
  };
}
