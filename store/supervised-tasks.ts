import { notFound } from '../core/errors.ts';
import type { EventKind } from '../core/events.ts';
import { taskKey, type RunRef, type TaskRef } from '../core/ids.ts';
import { cancelled, describeStop } from '../core/outcomes.ts';
import { type TaskCause, type TaskOutcome, TaskStatus } from '../core/states.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Task, TaskExecutionDetail, Variable } from '../sdk/wire.ts';
import type { Database } from './client.ts';
import type { CachedConfig, ConfigCache } from './config-cache.ts';
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

/** @throws GoferError `not_found` if the task execution is not there, for example because its pipeline was deleted */
export async function findSupervisedTask(db: Database, configs: ConfigCache, ref: TaskRef): Promise<SupervisedTask> {
  const [row] = await db.$queryRaw<Row[]>`
    select t.ended, t.status, t.reason, t.description, t.cause, t.exit_code, t.state, t.variables, t.attempt, t.failures,
      t.interruptions, t.container_id, t.started, t.cancel_requested as task_cancelled, t.cancel_grace,
      t.cancelled_by as task_cancelled_by, r.cancel_requested as "cancelRequested", r.cancelled_by as "cancelledBy",
      r.cancelled_by_server as "cancelledByServer",
      r.timed_out as "timedOut", r.version, c.registered, r.keep_failed is not null as keep_failed,
      ceil(extract(epoch from t.retry_at - clock_timestamp()) * 1000)::double precision as retry_in
    from task_executions t
      join runs r using (namespace_id, pipeline_id, run_id)
      join pipeline_configs c using (namespace_id, pipeline_id, version)
    where t.namespace_id = ${ref.namespace} and t.pipeline_id = ${ref.pipeline} and t.run_id = ${ref.run}
      and t.task_id = ${ref.task}`;
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

/**
 * Claims for an attempt the container that is about to be started. Nobody may start it without that: if there is no claim,
 * the attempt has another container or is over. One that was claimed before, at the returned time in milliseconds, may have
 * been started since.
 */
export async function claimContainer(
  db: Database,
  ref: TaskRef,
  attempt: number,
  container: { id: string; imageDigest: string | undefined },
): Promise<{ readonly before?: number } | undefined> {
  const [claim] = await db.$queryRaw<{ before: Date | null }[]>`
    with before as (
      select namespace_id, pipeline_id, run_id, task_id, container_id, starting from task_executions
      where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = ${ref.run}
        and task_id = ${ref.task} and attempt = ${attempt} and ended is null
        and (container_id is null or container_id = ${container.id})
      for update
    )
    update task_executions t
    set state = case when started is null then 'processing' else state end,
      message = case when started is null then 'starting its container' end,
      container_id = ${container.id}, starting = coalesce(t.starting, clock_timestamp()),
      image_digest = coalesce(${container.imageDigest ?? null}, image_digest)
    from before
    where (t.namespace_id, t.pipeline_id, t.run_id, t.task_id)
      = (before.namespace_id, before.pipeline_id, before.run_id, before.task_id)
    returning case when before.container_id is not null then before.starting end as before`;
  return claim && (claim.before ? { before: claim.before.getTime() } : {});
}

/**
 * Notes that a task's container runs. Repeating it changes nothing and reports nothing. One statement, as for the ends, so
 * that nobody waits for this process while it holds the lock of the events.
 */
export async function markStarted(db: PrismaClient, ref: TaskRef, attempt: number): Promise<void> {
  const event: EventKind = { started_task_execution: { ...taskFields(ref), ...(attempt > 1 && { attempt }) } };
  await db.$executeRaw`
    with changed as (
      update task_executions
      set state = 'running', started = ${new Date()}, message = null
      where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = ${ref.run}
        and task_id = ${ref.task} and attempt = ${attempt} and state in ('waiting', 'processing')
      returning 1
    )
    select record_event(${JSON.stringify(event)}::jsonb) from changed`;
}

/** How a task or an attempt at it ended, and when its container ran, in milliseconds by the engine's clock. */
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
    ...endColumns(end),
    skipped_because: end.skippedBecause,
    event: { completed_task_execution: { ...taskFields({ ...run, task: end.task }), ...endFields(end.outcome) } },
  }));
  await db.$executeRaw`
    with ends as (
      select * from rows from (jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as (
        task text, status text, reason text, description text, cause jsonb, exit_code integer, started timestamptz,
        ended timestamptz, skipped_because jsonb, event jsonb
      )) with ordinality as e(
        task, status, reason, description, cause, exit_code, started, ended, skipped_because, event, n
      )
    ), changed as (
      update task_executions t
      set state = 'complete', message = null, status = e.status, reason = e.reason, description = e.description,
        cause = e.cause, exit_code = e.exit_code, ended = e.ended, started = coalesce(e.started, t.started),
        settled = clock_timestamp(), retry_at = null, skipped_because = coalesce(e.skipped_because, t.skipped_because),
        kept_until = case when e.status = ${TaskStatus.Failed} and t.container_id is not null
          then clock_timestamp() + r.keep_failed * interval '1 second' end
      from ends e, runs r
      where t.namespace_id = ${run.namespace} and t.pipeline_id = ${run.pipeline} and t.run_id = ${run.run}
        and t.task_id = e.task and t.ended is null
        and (r.namespace_id, r.pipeline_id, r.run_id) = (t.namespace_id, t.pipeline_id, t.run_id)
      returning e.n, e.event
    )
    select record_event(event) from (select event from changed order by n) as ordered`;
}

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
