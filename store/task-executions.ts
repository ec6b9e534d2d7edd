import { notFound } from '../core/errors.ts';
import { taskKey, type RunRef, type TaskRef } from '../core/ids.ts';
import type { TaskEnd } from '../core/outcomes.ts';
import type { TaskOutcome, TaskStatus } from '../core/states.ts';
import type {
  PrismaClient,
  TaskAttempt as AttemptRow,
  TaskExecution as TaskExecutionRow,
} from '../generated/prisma/client.ts';
import type {
  Config,
  Task,
  TaskAttempt,
  TaskCause as Cause,
  TaskExecution,
  TaskExecutionDetail,
  TaskExecutionReason,
  Variable,
} from '../sdk/wire.ts';
import { fromJson, MAX_INTEGER, toMillis, type Database } from './client.ts';
import { getConfig } from './configs.ts';
import { recordEvent, recordEvents } from './events.ts';
import { CANCELLATION_CHANNEL, findRun, runFields, runRowKey } from './runs.ts';

/** A task execution to create. */
export interface NewTaskExecution {
  readonly task: string;
  readonly variables: readonly Variable[];
}

/** The primary key of a task execution, as Prisma wants it. */
export function taskRowKey(ref: TaskRef) {
  return { ...runRowKey(ref), taskId: ref.task };
}

/** The fields by which events name a task execution. */
export function taskFields(ref: TaskRef) {
  return { ...runFields(ref), task_execution_id: ref.task };
}

/** The tasks of an earlier run whose results a run keeps, with how they ended. */
export interface Kept {
  readonly from: number;
  readonly ends: ReadonlyMap<string, TaskStatus>;
}

/** Creates the task executions of a run, all waiting but those that are kept, and reports each and the run's start. */
export async function createTaskExecutions(
  tx: Database,
  run: RunRef,
  tasks: readonly NewTaskExecution[],
  kept: Kept,
): Promise<void> {
  // One statement, because thousands of rows have more values than a statement may have parameters.
  await tx.$executeRaw`
    insert into task_executions (namespace_id, pipeline_id, run_id, task_id, variables)
    select ${run.namespace}, ${run.pipeline}, ${run.run}, task, variables
    from jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) as t(task text, variables jsonb)`;
  if (kept.ends.size > 0) await takeOver(tx, run, kept);
  await recordEvents(tx, [
    { started_run: runFields(run) },
    ...tasks.map(({ task }) => ({ created_task_execution: taskFields({ ...run, task }) })),
    ...[...kept.ends].map(([task, status]) => ({
      completed_task_execution: { ...taskFields({ ...run, task }), status },
    })),
  ]);
}

/** Gives tasks the ends that they had in an earlier run of the pipeline, or in the one that those were kept from. */
async function takeOver(tx: Database, run: RunRef, { from, ends }: Kept): Promise<void> {
  await tx.$executeRaw`
    update task_executions t
    set state = 'complete', status = e.status, exit_code = e.exit_code, started = e.started, ended = e.ended,
      attempt = e.attempt, container_id = e.container_id, image_digest = e.image_digest,
      reused_from = coalesce(e.reused_from, e.run_id)
    from task_executions e
    where t.namespace_id = ${run.namespace} and t.pipeline_id = ${run.pipeline} and t.run_id = ${run.run}
      and e.namespace_id = ${run.namespace} and e.pipeline_id = ${run.pipeline} and e.run_id = ${from}
      and e.task_id = t.task_id and t.task_id = any(${[...ends.keys()]})`;
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
  const retried = rows.filter(({ attempt }) => attempt > 1).map(({ taskId }) => taskId);
  const earlier = retried.length > 0 ? await earlierAttempts(db, run, retried) : NO_ATTEMPTS;
  return rows.map((row) => toTaskExecution(row, findTask(config, row.taskId), open, earlier.get(row.taskId)));
}

export async function getTaskExecution(db: Database, ref: TaskRef): Promise<TaskExecution> {
  const row = await findTaskExecution(db, ref);
  const open = row.state === 'waiting' ? await openTasks(db, ref) : NO_TASKS;
  const earlier = row.attempt > 1 ? await earlierAttempts(db, ref, [ref.task]) : NO_ATTEMPTS;
  return toTaskExecution(row, await taskOfRun(db, ref), open, earlier.get(ref.task));
}

const NO_TASKS: ReadonlySet<string> = new Set();
const NO_ATTEMPTS: ReadonlyMap<string, AttemptRow[]> = new Map();

/** The attempts at these tasks that were followed by another one, by task. */
async function earlierAttempts(
  db: Database,
  run: RunRef,
  tasks: readonly string[],
): Promise<ReadonlyMap<string, AttemptRow[]>> {
  const rows = await db.taskAttempt.findMany({
    where: { ...runRowKey(run), taskId: { in: [...tasks] } },
    orderBy: { attempt: 'asc' },
  });
  return Map.groupBy(rows, ({ taskId }) => taskId);
}

/** The tasks of a run that have not ended. */
async function openTasks(db: Database, run: RunRef): Promise<ReadonlySet<string>> {
  const rows = await db.taskExecution.findMany({ where: { ...runRowKey(run), ended: null }, select: { taskId: true } });
  return new Set(rows.map(({ taskId }) => taskId));
}

/** Whether the containers of all these tasks of a run were started, or never will be. */
export async function haveBegun(db: Database, run: RunRef, tasks: readonly string[]): Promise<boolean> {
  const where = { ...runRowKey(run), taskId: { in: [...tasks] }, state: { in: ['waiting', 'processing'] } };
  return (await db.taskExecution.count({ where })) === 0;
}

/** How the tasks of a run ended, in that order; those that have not are left out. */
export async function listTaskEnds(db: Database, run: RunRef): Promise<readonly TaskEnd[]> {
  const rows = await db.taskExecution.findMany({
    where: { ...runRowKey(run), ended: { not: null } },
    orderBy: [{ ended: 'asc' }, { taskId: 'asc' }],
    select: { taskId: true, status: true, reason: true, description: true, exitCode: true },
  });
  return rows.map(({ taskId, status, reason, description, exitCode }) => ({
    task: taskId,
    outcome: {
      status: status as TaskOutcome['status'],
      exitCode: exitCode ?? 0,
      ...(reason !== null && { reason: reason as NonNullable<TaskOutcome['reason']> }),
      ...(description !== null && { description }),
    },
  }));
}

export async function findTaskExecution(db: Database, ref: TaskRef): Promise<TaskExecutionRow> {
  const where = { namespaceId_pipelineId_runId_taskId: taskRowKey(ref) };
  const row = ref.run > MAX_INTEGER ? null : await db.taskExecution.findUnique({ where });
  if (!row) throw notFound('task execution', taskKey(ref));
  return row;
}

/**
 * Asks for a task's cancellation, and wakes the worker that supervises it. Returns false, and does nothing, if the task is
 * over. Whoever asks first sets the grace period; asking again only wakes everybody again.
 *
 * @param graceSeconds between TERM and KILL
 */
export async function requestTaskCancellation(
  db: PrismaClient,
  ref: TaskRef,
  graceSeconds: number,
  user: string,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const { ended } = await findTaskExecution(tx, ref);
    if (ended !== null) return false;
    const { count } = await tx.taskExecution.updateMany({
      where: { ...taskRowKey(ref), ended: null, cancelRequested: null },
      data: { cancelRequested: new Date(), cancelGrace: Math.min(graceSeconds, MAX_INTEGER), cancelledBy: user },
    });
    await tx.$executeRaw`select pg_notify(${CANCELLATION_CHANNEL}, ${taskKey(ref)})`;
    const fields = { ...taskFields(ref), timeout: graceSeconds };
    if (count > 0) await recordEvent(tx, { started_task_execution_cancellation: fields });
    return true;
  });
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

function toTaskExecution(
  row: TaskExecutionRow,
  task: Task,
  open: ReadonlySet<string>,
  earlier: readonly AttemptRow[] = [],
): TaskExecution {
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
    status_reason: toStatusReason(row),
    variables: fromJson<Variable[]>(row.variables),
    task,
    detail: toDetail(row, task, open, earlier),
  };
}

function toStatusReason({ reason, description }: Pick<TaskExecutionRow, 'reason' | 'description'>) {
  return reason === null ? null : { reason: reason as TaskExecutionReason, description: description ?? '' };
}

function toDetail(
  row: TaskExecutionRow,
  task: Task,
  open: ReadonlySet<string>,
  earlier: readonly AttemptRow[],
): TaskExecutionDetail {
  const waitingFor = Object.keys(task.depends_on).filter((parent) => open.has(parent));
  const message = row.description ?? row.message ?? (row.state === 'waiting' ? whyWaiting(waitingFor) : null);
  return {
    attempt: row.attempt,
    ...(message !== null && { message }),
    ...(row.state === 'waiting' && { waiting_for: waitingFor }),
    ...(row.cause !== null && { cause: fromJson<Cause>(row.cause) }),
    ...(row.containerId !== null && { container_id: row.containerId }),
    ...(row.imageDigest !== null && { image_digest: row.imageDigest }),
    ...(row.fetching !== null && { fetching: toMillis(row.fetching) }),
    ...(row.starting !== null && { starting: toMillis(row.starting) }),
    ...(row.settled !== null && { settled: toMillis(row.settled) }),
    ...(row.retryAt !== null && { retry_at: toMillis(row.retryAt) }),
    ...(row.keptUntil !== null && { kept_until: toMillis(row.keptUntil) }),
    ...(row.reusedFrom !== null && { reused_from: row.reusedFrom }),
    ...(earlier.length > 0 && { earlier_attempts: earlier.map(toAttempt) }),
    ...(row.skippedBecause !== null && {
      skipped_because: fromJson<NonNullable<TaskExecutionDetail['skipped_because']>>(row.skippedBecause),
    }),
  };
}

function whyWaiting(parents: readonly string[]): string {
  return parents.length > 0 ? `waits for ${parents.join(', ')}` : 'waits for a worker with a free place';
}

function toAttempt(row: AttemptRow): TaskAttempt {
  return {
    attempt: row.attempt,
    started: toMillis(row.started),
    ended: toMillis(row.ended),
    exit_code: row.exitCode,
    status: row.status as TaskAttempt['status'],
    status_reason: toStatusReason(row),
    ...(row.cause !== null && { cause: fromJson<Cause>(row.cause) }),
    ...(row.containerId !== null && { container_id: row.containerId }),
    ...(row.imageDigest !== null && { image_digest: row.imageDigest }),
  };
}
