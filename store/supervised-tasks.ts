import { notFound } from '../core/errors.ts';
import { taskKey, type AttemptRef, type RunRef, type TaskRef } from '../core/ids.ts';
import { cancelled, describeStop } from '../core/outcomes.ts';
import { type TaskCause, type TaskOutcome, TaskStatus } from '../core/states.ts';
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import type { Task, TaskExecutionDetail, Variable } from '../sdk/wire.ts';
import type { Database } from './client.ts';
import type { CachedConfig, ConfigCache } from './config-cache.ts';
import { askedTasks, gathering, inOrderOf } from './gathering.ts';
import { findRunStop } from './runs.ts';
import { taskFields, taskRowKey } from './task-executions.ts';

/** All that a supervisor has to know about a task, read at once. */
export interface SupervisedTask {
  /** Set if its end is recorded already. */
  readonly recorded?: TaskOutcome;
  readonly config: CachedConfig;
  /** The task as its config has it. */
  readonly definition: Task;
  readonly variables: readonly Variable[];
  /** From 1. */
  readonly attempt: number;
  /** Milliseconds until the attempt may begin; 0 if it may. */
  readonly retryInMs: number;
  /** How many attempts ended in a failure of the task's own. */
  readonly failures: number;
  /** How many attempts in a row ended because of the infrastructure. */
  readonly interruptions: number;
  /** Whether a supervisor has been at the attempt before. */
  readonly begun: boolean;
  /** The container that a supervisor of the attempt has claimed. */
  readonly containerId?: string;
  /** When the container of the attempt was started, in milliseconds. */
  readonly startedAt?: number;
  readonly cancellation?: Cancellation;
  /** Whether the container of a failed task is kept for a while. */
  readonly keepFailed: boolean;
}

/** That a task, or the run it is part of, was asked to stop. */
export interface Cancellation {
  /** Between TERM and KILL, if whoever cancelled had a wish. */
  readonly graceSeconds?: number;
  readonly outcome: TaskOutcome;
}

interface Row extends CancellationRow {
  readonly n: number;
  readonly ended: Date | null;
  readonly status: TaskOutcome['status'];
  readonly reason: NonNullable<TaskOutcome['reason']> | null;
  readonly description: string | null;
  readonly cause: TaskCause | null;
  readonly exit_code: number | null;
  readonly state: string;
  readonly variables: Variable[];
  readonly attempt: number;
  readonly retry_in: number | null;
  readonly failures: number;
  readonly interruptions: number;
  readonly container_id: string | null;
  readonly started: Date | null;
  readonly version: number;
  readonly registered: Date;
  readonly keep_failed: boolean;
}

const findRow = gathering<TaskRef, Row | undefined>(taskKey, async (db, tasks) => {
  const rows = await db.$queryRaw<Row[]>`
    select n, found.* from ${askedTasks(tasks)} cross join lateral (
      select t.ended, t.status, t.reason, t.description, t.cause, t.exit_code, t.state, t.variables, t.attempt,
        t.failures, t.interruptions, t.container_id, t.started, t.cancel_requested as task_cancelled, t.cancel_grace,
        t.cancelled_by as task_cancelled_by, r.cancel_requested as "cancelRequested", r.cancelled_by as "cancelledBy",
        r.cancelled_by_server as "cancelledByServer",
        r.timed_out as "timedOut", r.version, c.registered, r.keep_failed is not null as keep_failed,
        ceil(extract(epoch from t.retry_at - clock_timestamp()) * 1000)::double precision as retry_in
      from task_executions t
        join runs r using (namespace_id, pipeline_id, run_id)
        join pipeline_configs c using (namespace_id, pipeline_id, version)
      where (t.namespace_id, t.pipeline_id, t.run_id, t.task_id)
        = (asked.namespace_id, asked.pipeline_id, asked.run_id, asked.task_id)
      limit 1
    ) as found`;
  return inOrderOf(tasks, rows);
});

/** @throws GoferError `not_found` if the task execution is not there, for example because its pipeline was deleted */
export async function findSupervisedTask(
  db: PrismaClient,
  configs: ConfigCache,
  ref: TaskRef,
): Promise<SupervisedTask> {
  const row = await findRow(db, ref);
  if (!row) throw notFound('task execution', taskKey(ref));
  const config = await configs.get(ref, row.version, row.registered);
  const definition = config.tasks.get(ref.task);
  if (!definition) throw notFound('task', taskKey(ref));
  const cancellation = toCancellation(row, config);
  return {
    config,
    definition,
    variables: row.variables,
    attempt: row.attempt,
    retryInMs: Math.max(0, row.retry_in ?? 0),
    failures: row.failures,
    interruptions: row.interruptions,
    begun: row.state !== 'waiting',
    keepFailed: row.keep_failed,
    ...(row.container_id !== null && { containerId: row.container_id }),
    ...(row.started !== null && { startedAt: row.started.getTime() }),
    ...(row.ended !== null && { recorded: toOutcome(row) }),
    ...(cancellation && { cancellation }),
  };
}

function toOutcome(row: Row): TaskOutcome {
  return {
    status: row.status,
    exitCode: row.exit_code ?? 0,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.description !== null && { description: row.description }),
    ...(row.cause !== null && { cause: row.cause }),
  };
}

interface CancellationRow {
  readonly task_cancelled: Date | null;
  readonly task_cancelled_by: string | null;
  readonly cancel_grace: number | null;
  /** These are the run's. */
  readonly cancelRequested: Date | null;
  readonly cancelledBy: string | null;
  readonly cancelledByServer: boolean;
  readonly timedOut: Date | null;
}

function toCancellation(row: CancellationRow, { timeout }: Pick<CachedConfig, 'timeout'>): Cancellation | undefined {
  if (row.task_cancelled) {
    const by = row.task_cancelled_by ?? undefined;
    return {
      outcome: cancelled(by === undefined ? 'the task was cancelled' : `the task was cancelled by ${by}`, by),
      ...(row.cancel_grace !== null && { graceSeconds: row.cancel_grace }),
    };
  }
  const stop = findRunStop(row, timeout);
  return stop && { outcome: cancelled(describeStop(stop), stop.kind === 'cancelled' ? stop.by : undefined) };
}

/** How tasks that were told to stop are to end, by task. Those that were not are left out. */
export async function findCancellations(
  db: Database,
  run: RunRef,
  tasks: readonly string[],
): Promise<ReadonlyMap<string, TaskOutcome>> {
  const rows = await db.$queryRaw<(CancellationRow & { task_id: string; timeout: number | null })[]>`
    select t.task_id, t.cancel_requested as task_cancelled, t.cancel_grace, t.cancelled_by as task_cancelled_by,
      r.cancel_requested as "cancelRequested", r.cancelled_by as "cancelledBy",
      r.cancelled_by_server as "cancelledByServer", r.timed_out as "timedOut", c.timeout
    from task_executions t
      join runs r using (namespace_id, pipeline_id, run_id)
      join pipeline_configs c using (namespace_id, pipeline_id, version)
    where t.namespace_id = ${run.namespace} and t.pipeline_id = ${run.pipeline} and t.run_id = ${run.run}
      and t.task_id = any(${tasks as string[]})`;
  return new Map(
    rows.flatMap((row) => {
      const cancellation = toCancellation(row, { timeout: row.timeout ?? undefined });
      return cancellation ? [[row.task_id, cancellation.outcome] as const] : [];
    }),
  );
}

/** Notes what is being done for a task that has not started yet. */
export async function markProcessing(db: Database, ref: TaskRef, message: string): Promise<void> {
  await noteProcessing(db, ref, { message });
}

/** Notes that the image of a task is being fetched, and how far that is. */
export async function markFetching(db: Database, ref: TaskRef, message: string, since: Date): Promise<void> {
  await noteProcessing(db, ref, { message, fetching: since });
}

async function noteProcessing(
  db: Database,
  ref: TaskRef,
  data: { readonly message: string; readonly fetching?: Date },
): Promise<void> {
  const where = { ...taskRowKey(ref), state: { in: ['waiting', 'processing'] } };
  await db.taskExecution.updateMany({ where, data: { state: 'processing', ...data } });
}

/** A container that is about to be started for an attempt. */
export interface ContainerClaim extends AttemptRef {
  readonly container: string;
  readonly imageDigest: string | undefined;
}

/**
 * Claims for an attempt the container that is about to be started. Nobody may start it without that: if there is no claim,
 * the attempt has another container or is over. One that was claimed before, at the returned time in milliseconds, may have
 * been started since.
 */
export const claimContainer = gathering<ContainerClaim, { readonly before?: number } | undefined>(
  taskKey,
  async (db, claims) => {
    const rows = await db.$queryRaw<{ n: number; before: Date | null }[]>`
      with before as (
        select n, container, "imageDigest" as image, namespace_id, pipeline_id, run_id, task_id, t.container_id, t.starting
        from ${askedTasks(claims, Prisma.sql`, attempt integer, container text, "imageDigest" text`)}
          join task_executions t using (namespace_id, pipeline_id, run_id, task_id)
        where t.attempt = asked.attempt and t.ended is null
          and (t.container_id is null or t.container_id = container)
        order by namespace_id, pipeline_id, run_id, task_id
        for update of t
      )
      update task_executions t
      set state = case when started is null then 'processing' else state end,
        message = case when started is null then 'starting its container' end,
        container_id = before.container, starting = coalesce(t.starting, clock_timestamp()),
        image_digest = coalesce(before.image, image_digest)
      from before
      where (t.namespace_id, t.pipeline_id, t.run_id, t.task_id)
        = (before.namespace_id, before.pipeline_id, before.run_id, before.task_id)
      returning before.n, case when before.container_id is not null then before.starting end as before`;
    return inOrderOf(claims, rows).map((row) => row && (row.before ? { before: row.before.getTime() } : {}));
  },
);

/**
 * Notes that a task's container runs. Repeating it changes nothing and reports nothing. One statement, as for the ends, so
 * that nobody waits for this process while it holds the lock of the events.
 */
export const markStarted = gathering<AttemptRef, void>(taskKey, async (db, attempts) => {
  const asking = attempts.map((ref) => ({
    ...ref,
    event: { started_task_execution: { ...taskFields(ref), ...(ref.attempt > 1 && { attempt: ref.attempt }) } },
  }));
  await db.$executeRaw`
    with changed as (
      update task_executions t
      set state = 'running', started = ${new Date()}, message = null
      from ${askedTasks(asking, Prisma.sql`, attempt integer, event jsonb`)}
      where (t.namespace_id, t.pipeline_id, t.run_id, t.task_id)
          = (asked.namespace_id, asked.pipeline_id, asked.run_id, asked.task_id)
        and t.attempt = asked.attempt and t.state in ('waiting', 'processing')
      returning asked.n, asked.event
    )
    select record_event(event) from (select event from changed order by n) as ordered`;
  return attempts.map(() => undefined);
});

/** How a task or an attempt at it ended, and when its container ran, in milliseconds by the engine's clock. */
export interface TaskEndRecord {
  readonly outcome: TaskOutcome;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly skippedBecause?: NonNullable<TaskExecutionDetail['skipped_because']>;
}

/** A task, and how it ended. */
export type TaskEndOf = TaskRef & TaskEndRecord;

/** Records how tasks ended. A task whose end is recorded already is left alone. */
export async function markTasksComplete(db: PrismaClient, ends: readonly TaskEndOf[]): Promise<void> {
  const asking = ends.map(({ namespace, pipeline, run, task, ...end }) => {
    const ref = { namespace, pipeline, run, task };
    const event = { completed_task_execution: { ...taskFields(ref), ...endFields(end.outcome) } };
    return { ...ref, ...endColumns(end), skipped_because: end.skippedBecause, event };
  });
  const columns = Prisma.sql`, status text, reason text, description text, cause jsonb, exit_code integer,
    started timestamptz, ended timestamptz, skipped_because jsonb, event jsonb`;
  await db.$executeRaw`
    with changed as (
      update task_executions t
      set state = 'complete', message = null, status = asked.status, reason = asked.reason,
        description = asked.description, cause = asked.cause, exit_code = asked.exit_code, ended = asked.ended,
        started = coalesce(asked.started, t.started), settled = clock_timestamp(), retry_at = null,
        skipped_because = coalesce(asked.skipped_because, t.skipped_because),
        kept_until = case when asked.status = ${TaskStatus.Failed} and t.container_id is not null
          then clock_timestamp() + r.keep_failed * interval '1 second' end
      from ${askedTasks(asking, columns)}
        join runs r using (namespace_id, pipeline_id, run_id)
      where (t.namespace_id, t.pipeline_id, t.run_id, t.task_id)
          = (asked.namespace_id, asked.pipeline_id, asked.run_id, asked.task_id)
        and t.ended is null
      returning asked.n, asked.event
    )
    select record_event(event) from (select event from changed order by n) as ordered`;
}

/** The same for one task. */
export const markTaskComplete = gathering<TaskEndOf, void>(taskKey, async (db, ends) => {
  await markTasksComplete(db, ends);
  return ends.map(() => undefined);
});

/**
 * Records how an attempt ended, and that there is to be another one. Does nothing if that is recorded already.
 *
 * @param next what counts from now on, and in how many milliseconds the next attempt may begin
 */
export async function recordRetry(
  db: PrismaClient,
  ref: TaskRef,
  attempt: number,
  end: TaskEndRecord,
  next: { readonly inMs: number; readonly failures: number; readonly interruptions: number },
): Promise<void> {
  const { status, reason, description, cause, exit_code, started, ended } = endColumns(end);
  const message = `attempt ${attempt} failed: ${description}; attempt ${attempt + 1} follows`;
  await db.$executeRaw`
    with changed as (
      update task_executions t
      set attempt = ${attempt + 1}, state = 'waiting', message = ${message}, started = null, container_id = null,
        fetching = null, starting = null,
        failures = ${next.failures}, interruptions = ${next.interruptions},
        retry_at = clock_timestamp() + ${next.inMs} * interval '1 millisecond'
      from task_executions before
      where t.namespace_id = ${ref.namespace} and t.pipeline_id = ${ref.pipeline} and t.run_id = ${ref.run}
        and t.task_id = ${ref.task} and t.attempt = ${attempt} and t.ended is null
        and (before.namespace_id, before.pipeline_id, before.run_id, before.task_id)
          = (t.namespace_id, t.pipeline_id, t.run_id, t.task_id)
      returning before.*
    )
    insert into task_attempts (namespace_id, pipeline_id, run_id, task_id, attempt, started, ended, exit_code, status, reason,
      description, cause, container_id, image_digest)
    select namespace_id, pipeline_id, run_id, task_id, attempt, coalesce(${started ?? null}, started), ${ended}, ${exit_code},
      ${status}, ${reason ?? null}, ${description ?? null}, ${cause ? JSON.stringify(cause) : null}::jsonb, container_id,
      image_digest
    from changed`;
}

/** Which of these containers, of tasks that have ended, are not to be removed yet. */
export async function whichAreKept(
  db: Database,
  containers: readonly { readonly id: string; readonly task: TaskRef }[],
): Promise<ReadonlySet<string>> {
  if (containers.length === 0) return new Set();
  const asked = containers.map(({ id, task: { namespace, pipeline, run, task } }) => ({
    ...{ id, namespace, pipeline, run, task },
  }));
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
        as asked(id text, namespace text, pipeline text, run integer, task text)
      join task_executions on (namespace_id, pipeline_id, run_id, task_id) = (namespace, pipeline, run, task)
    where container_id = id and kept_until > clock_timestamp()`;
  return new Set(rows.map(({ id }) => id));
}

function endColumns({ outcome, startedAt, endedAt }: TaskEndRecord) {
  return {
    status: outcome.status,
    reason: outcome.reason,
    description: outcome.description,
    cause: outcome.cause,
    exit_code: outcome.exitCode,
    started: startedAt !== undefined ? new Date(startedAt) : undefined,
    ended: new Date(Math.max(startedAt ?? 0, endedAt ?? Date.now())),
  };
}

/** What the event of an end says of it; all but the status is for those who know to look for it. */
function endFields({ status, exitCode, description, cause }: TaskOutcome) {
  return {
    status,
    exit_code: exitCode,
    ...(cause && { cause: cause.kind }),
    ...(description !== undefined && { description }),
  };
}
