import { notFound } from '../core/errors.ts';
import type { EventKind } from '../core/events.ts';
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

/** Which task executions of a run to list; all of them if nothing is given. */
export interface TaskExecutionPage {
  readonly status?: TaskExecution['status'];
  readonly limit?: number;
  /** The task id to begin behind. */
  readonly behind?: string;
}

/** The task executions of a run by task id. A missing run has none. */
export async function listTaskExecutions(
  db: Database,
  run: RunRef,
  page: TaskExecutionPage = {},
): Promise<TaskExecution[]> {
  if (run.run > MAX_INTEGER) return [];
  const rows = await db.taskExecution.findMany({
    where: {
      ...runRowKey(run),
      ...(page.behind !== undefined && { taskId: { gt: page.behind } }),
      ...(page.status !== undefined && { status: page.status }),
    },
    orderBy: { taskId: 'asc' },
    ...(page.limit !== undefined && { take: Math.min(page.limit, MAX_INTEGER) }),
  });
  if (rows.length === 0) return [];
  const config = await configOfRun(db, run);
  const open = rows.some(({ state }) => state === 'waiting') ? await openTasks(db, run) : NO_TASKS;
  return rows.map((row) => toTaskExecution(row, findTask(config, row.taskId), open));
}

export async function getTaskExecution(db: Database, ref: TaskRef): Promise<TaskExecution> {
  const row = await findTaskExecution(db, ref);
  const open = row.state === 'waiting' ? await openTasks(db, ref) : NO_TASKS;
  return toTaskExecution(row, await taskOfRun(db, ref), open);
}

const NO_TASKS: ReadonlySet<string> = new Set();

/** The tasks of a run that have not ended. */
async function openTasks(db: Database, run: RunRef): Promise<ReadonlySet<string>> {
  const rows = await db.taskExecution.findMany({ where: { ...runRowKey(run), ended: null }, select: { taskId: true } });
  return new Set(rows.map(({ taskId }) => taskId));
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

/**
 * Notes that a task's container runs. Repeating it changes nothing and reports nothing. One statement, as for the ends, so
 * that nobody waits for this process while it holds the lock of the events.
 */
export async function markStarted(
  db: PrismaClient,
  ref: TaskRef,
  container: { id: string; imageDigest: string | undefined },
): Promise<void> {
  const event: EventKind = { started_task_execution: taskFields(ref) };
  await db.$executeRaw`
    with changed as (
      update task_executions
      set state = 'running', started = ${new Date()}, message = null, container_id = ${container.id},
        image_digest = coalesce(${container.imageDigest ?? null}, image_digest)
      where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = ${ref.run}
        and task_id = ${ref.task} and state in ('waiting', 'processing')
      returning 1
    )
    select record_event(${JSON.stringify(event)}::jsonb) from changed`;
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
  const records = ends.map((end) => ({
    task: end.task,
    status: end.outcome.status,
    reason: end.outcome.reason,
    description: end.outcome.description,
    exit_code: end.outcome.exitCode,
    started: end.startedAt !== undefined ? new Date(end.startedAt) : undefined,
    ended: new Date(Math.max(end.startedAt ?? 0, end.endedAt ?? Date.now())),
    skipped_because: end.skippedBecause,
    event: { completed_task_execution: { ...taskFields({ ...run, task: end.task }), status: end.outcome.status } },
  }));
  await db.$executeRaw`
    with ends as (
      select * from rows from (jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as (
        task text, status text, reason text, description text, exit_code integer, started timestamptz, ended timestamptz,
        skipped_because jsonb, event jsonb
      )) with ordinality as e(
        task, status, reason, description, exit_code, started, ended, skipped_because, event, n
      )
    ), changed as (
      update task_executions t
      set state = 'complete', message = null, status = e.status, reason = e.reason, description = e.description,
        exit_code = e.exit_code, ended = e.ended, started = coalesce(e.started, t.started),
        skipped_because = coalesce(e.skipped_because, t.skipped_because)
      from ends e
      where t.namespace_id = ${run.namespace} and t.pipeline_id = ${run.pipeline} and t.run_id = ${run.run}
        and t.task_id = e.task and t.ended is null
      returning e.n, e.event
    )
    select record_event(event) from (select event from changed order by n) as ordered`;
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
async function configOfRun(db: Database, run: RunRef): Promise<Config> {
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

/** One task of the config that a run uses, without reading the others. */
async function taskOfRun(db: Database, ref: TaskRef): Promise<Task> {
  const [row] = await db.$queryRaw<{ task: Task | null }[]>`
    select c.tasks -> ${ref.task} as task
    from runs join pipeline_configs c using (namespace_id, pipeline_id, version)
    where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = ${ref.run}`;
  if (!row?.task) throw notFound('task', taskKey(ref));
  return row.task;
}

function toTaskExecution(row: TaskExecutionRow, task: Task, open: ReadonlySet<string>): TaskExecution {
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
