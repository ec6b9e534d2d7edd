import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { EventKind } from '../core/events.ts';
import { runKey, runWorkflowId, type RunRef } from '../core/ids.ts';
import type { RunStop } from '../core/outcomes.ts';
import type { RunOutcome } from '../core/states.ts';
import type { Prisma, PrismaClient, Run as RunRow } from '../generated/prisma/client.ts';
import type { Initiator, Run, Variable } from '../sdk/wire.ts';
import { fromJson, MAX_INTEGER, toDate, toJson, toMillis, type Database } from './client.ts';
import { versionToRun } from './configs.ts';
import { isMissingRow } from './errors.ts';
import { getPreferences } from './installation.ts';
import { recordEvent, recordEvents } from './events.ts';
import { missingPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';

/** The primary key of a run, as Prisma wants it. */
export function runRowKey(ref: RunRef) {
  return { namespaceId: ref.namespace, pipelineId: ref.pipeline, runId: ref.run };
}

/** The fields by which events name a run. */
export function runFields(ref: RunRef) {
  return { namespace_id: ref.namespace, pipeline_id: ref.pipeline, run_id: ref.run };
}

/** What starts a run by itself. Whatever comes again with the same source and identity means the same run. */
export interface RunTrigger {
  /** Who starts it, for example `interval/hourly`. */
  readonly source: string;
  /** Which of its ticks or deliveries this is. */
  readonly identity: string;
  /** How many runs have started one another until this one; 0 for one that no run started. */
  readonly depth?: number;
}

/** What a new run is to be. */
export interface NewRun {
  readonly initiator: Initiator;
  readonly variables: readonly Variable[];
  /** For how many seconds the containers of failed tasks are kept; not at all without it. */
  readonly keepFailed?: number;
  /** Set if it repeats a run of its pipeline. */
  readonly rerun?: {
    readonly of: number;
    readonly version: number;
    /** Whether it keeps what was successful. */
    readonly reuse: boolean;
  };
  /** Recorded together with it; if it has had its run already, this fails with a unique violation. */
  readonly trigger?: RunTrigger;
}

/** The run that was started for a trigger. */
export async function findTriggeredRun(
  db: Database,
  ref: PipelineRef,
  { source, identity }: RunTrigger,
): Promise<Run | undefined> {
  const where = { namespaceId_pipelineId_source_identity: { ...pipelineKey(ref), source, identity } };
  const trigger = await db.runTrigger.findUnique({ where, include: { run: true } });
  return trigger ? toRun(trigger.run) : undefined;
}

/**
 * Allocates the next run number of a pipeline and records the run as pending. `issueToken` is part of the transaction and
 * returns the id of the run's token, if it is to have one.
 *
 * @throws GoferError `not_found` for a missing pipeline or one without a config, `unavailable` for a disabled one
 */
export async function createRun(
  db: PrismaClient,
  ref: PipelineRef,
  { initiator, variables, keepFailed, rerun, trigger }: NewRun,
  issueToken: (tx: Database, run: RunRef, version: number) => Promise<string | undefined>,
): Promise<Run> {
  return db.$transaction(async (tx) => {
    if ((await getPreferences(tx)).ignoreRunEvents) {
      throw new GoferError(
        ErrorKind.Unavailable,
        'no runs are started for now: the system ignores pipeline run events',
      );
    }
    const key = pipelineKey(ref);
    const pipeline = await tx.pipeline
      .update({ where: { namespaceId_pipelineId: key }, data: { lastRun: { increment: 1 } } })
      .catch((error: unknown) => {
        throw isMissingRow(error) ? missingPipeline(ref) : error;
      });
    if (pipeline.state !== 'active') {
      const message = `pipeline '${ref.namespace}/${ref.pipeline}' is ${pipeline.state}; enable it to start runs`;
      throw new GoferError(ErrorKind.Unavailable, message);
    }
    const version = rerun?.version ?? (await versionToRun(tx, ref));
    const run: RunRef = { ...ref, run: pipeline.lastRun };
    const tokenId = (await issueToken(tx, run, version)) ?? null;
    const row = await tx.run.create({
      data: {
        ...runRowKey(run),
        version,
        tokenId,
        initiatorId: initiator.id,
        initiatorUser: initiator.user,
        variables: toJson(variables),
        keepFailed: keepFailed ?? null,
        ...(rerun && { rerunOf: rerun.of, reuse: rerun.reuse }),
      },
    });
    if (trigger) await tx.runTrigger.create({ data: { ...runRowKey(run), ...trigger } });
    return toRun({ ...row, eventId: await recordQueued(tx, run) });
  });
}

/** Writes the event of a new run and notes it there. One statement, because whoever writes events keeps the others waiting. */
async function recordQueued(tx: Database, run: RunRef): Promise<string | null> {
  const event: EventKind = { queued_run: runFields(run) };
  const [row] = await tx.$queryRaw<{ event_id: string }[]>`
    update runs set event_id = record_event(${JSON.stringify(event)}::jsonb)
    where namespace_id = ${run.namespace} and pipeline_id = ${run.pipeline} and run_id = ${run.run}
    returning event_id`;
  return row?.event_id ?? null;
}

/** Which runs of a pipeline to list; all of them if nothing is given. Times are in milliseconds, exclusive. */
export interface RunFilter {
  readonly state?: Run['state'];
  readonly status?: Run['status'];
  readonly initiatorUser?: string;
  readonly startedAfter?: number;
  readonly startedBefore?: number;
}

export interface RunPage extends RunFilter {
  readonly limit: number;
  readonly offset: number;
  readonly reverse: boolean;
  /** The run to begin behind, in the direction of the list. */
  readonly behind?: RunPosition;
}

/** The place of a run in a list: its number, and when it was started, in milliseconds. */
export interface RunPosition {
  readonly run: number;
  readonly started: number;
}

/**
 * Runs by number, or by their start if that is filtered: then an index has them in this order, while those of a day could
 * be anywhere among the numbers. A missing pipeline has none.
 */
export async function listRuns(db: Database, ref: PipelineRef, page: RunPage): Promise<Run[]> {
  const order = page.reverse ? 'desc' : 'asc';
  const byStart = page.startedAfter !== undefined || page.startedBefore !== undefined;
  const orderBy: Prisma.RunOrderByWithRelationInput[] = [
    ...(byStart ? [{ started: order } as const] : []),
    { runId: order },
  ];
  const behind = (place?: RunPosition): Prisma.RunWhereInput => (place ? runsBehind(place, page.reverse, byStart) : {});
  let where: Prisma.RunWhereInput = { ...pipelineKey(ref), AND: [filterRuns(page), behind(page.behind)] };
  if (page.offset > 0) {
    // The last one left out is found in an index alone, where skipping goes several times as fast as among whole rows.
    const skip = Math.min(page.offset - 1, MAX_INTEGER);
    const last = await db.run.findFirst({ where, orderBy, skip, select: { runId: true, started: byStart } });
    if (!last) return [];
    where = { AND: [where, behind({ run: last.runId, started: toMillis(last.started ?? null) })] };
  }
  const rows = await db.run.findMany({ where, orderBy, take: Math.min(page.limit, MAX_INTEGER) });
  return rows.map(toRun);
}

function filterRuns(filter: RunFilter): Prisma.RunWhereInput {
  const { state, status, initiatorUser, startedAfter, startedBefore } = filter;
  return {
    // Says also what the index of live runs is about, so that it can be used.
    ...(state !== undefined && { state, ended: state === 'complete' ? { not: null } : null }),
    ...(status !== undefined && { status }),
    ...(initiatorUser !== undefined && { initiatorUser }),
    started: {
      ...(startedAfter !== undefined && { gt: toDate(startedAfter) }),
      ...(startedBefore !== undefined && { lt: toDate(startedBefore) }),
    },
  };
}

function runsBehind({ run, started }: RunPosition, reverse: boolean, byStart: boolean): Prisma.RunWhereInput {
  const runId = reverse ? { lt: run } : { gt: run };
  if (!byStart) return { runId };
  const start = toDate(started);
  // The first condition follows from the second, and is the one that an index can begin with.
  return {
    started: reverse ? { lte: start } : { gte: start },
    OR: [{ started: reverse ? { lt: start } : { gt: start } }, { started: start, runId }],
  };
}

/** The newest run of each of these pipelines that has one, by pipeline id. */
export async function listLastRuns(
  db: Database,
  namespace: string,
  pipelines: readonly string[],
): Promise<ReadonlyMap<string, Run>> {
  const rows = await db.$queryRaw<RunRow[]>`
    select r.namespace_id "namespaceId", r.pipeline_id "pipelineId", r.run_id "runId", r.version, r.started, r.ended, r.state,
      r.status, r.reason, r.description, r.initiator_id "initiatorId", r.initiator_user "initiatorUser", r.variables,
      r.token_id "tokenId", r.event_id "eventId", r.store_objects_expired "storeObjectsExpired", r.dispatched,
      r.began, r.cancel_requested "cancelRequested", r.cancelled_by "cancelledBy",
      r.cancelled_by_server "cancelledByServer", r.timed_out "timedOut", r.rerun_of "rerunOf", r.reuse
    from pipelines p
      join runs r on (r.namespace_id, r.pipeline_id, r.run_id) = (p.namespace_id, p.pipeline_id, p.last_run)
    where p.namespace_id = ${namespace} and p.pipeline_id = any(${pipelines})`;
  return new Map(rows.map((row) => [row.pipelineId, toRun(row)]));
}

export async function getRun(db: Database, ref: RunRef): Promise<Run> {
  return toRun(await findRun(db, ref));
}

export async function findRun(db: Database, ref: RunRef): Promise<RunRow> {
  const row =
    ref.run > MAX_INTEGER ? null : await db.run.findUnique({ where: { namespaceId_pipelineId_runId: runRowKey(ref) } });
  if (!row) throw notFound('run', runKey(ref));
  return row;
}

/** Whether any task of a complete run was not successful. */
export async function hasUnsuccessfulTasks(db: Database, ref: RunRef): Promise<boolean> {
  return (await db.taskExecution.count({ where: { ...runRowKey(ref), status: { not: 'successful' } } })) > 0;
}

/** A run, and when the config that it uses was registered. */
export async function findRunWithConfig(db: Database, ref: RunRef): Promise<{ run: RunRow; registered: Date }> {
  const where = { namespaceId_pipelineId_runId: runRowKey(ref) };
  const row = await db.run.findUnique({ where, include: { config: { select: { registered: true } } } });
  if (!row) throw notFound('run', runKey(ref));
  const { config, ...run } = row;
  return { run, registered: config.registered };
}

/** Why a run was told to stop, if it was: the first reason counts. */
export function findRunStop(
  row: Pick<RunRow, 'cancelRequested' | 'cancelledBy' | 'cancelledByServer' | 'timedOut'>,
  timeout: number | undefined,
): RunStop | undefined {
  const { cancelRequested, cancelledBy, cancelledByServer: byServer, timedOut } = row;
  if (timedOut && !(cancelRequested && cancelRequested < timedOut)) return { kind: 'timed_out', seconds: timeout ?? 0 };
  if (!cancelRequested) return undefined;
  return { kind: 'cancelled', byServer, ...(cancelledBy !== null && { by: cancelledBy }) };
}

/** The runs of a namespace, or of one of its pipelines, that are not over. */
export async function listLiveRuns(db: Database, namespace: string, pipeline?: string): Promise<RunRef[]> {
  const rows = await db.run.findMany({
    where: { namespaceId: namespace, ...(pipeline !== undefined && { pipelineId: pipeline }), ended: null },
    select: { pipelineId: true, runId: true },
  });
  return rows.map((row) => ({ namespace, pipeline: row.pipelineId, run: row.runId }));
}

/** Those of the given runs that exist and are not over. */
export async function whichAreLive(db: Database, runs: readonly RunRef[]): Promise<readonly RunRef[]> {
  return db.$queryRaw<RunRef[]>`
    select distinct namespace, pipeline, run
    from jsonb_to_recordset(${JSON.stringify(runs)}::jsonb) as asked(namespace text, pipeline text, run integer)
      join runs on (namespace_id, pipeline_id, run_id) = (namespace, pipeline, run)
    where ended is null`;
}

/** How many runs are not over, by state. */
export async function countLiveRuns(db: Database): Promise<{ pending: number; running: number }> {
  const rows = await db.run.groupBy({ by: ['state'], where: { ended: null }, _count: true });
  const count = (state: string) => rows.find((row) => row.state === state)?._count ?? 0;
  return { pending: count('pending'), running: count('running') };
}

/** Moves a pending run to running, and these older ones of its pipeline, whose workflows may not have been started yet. */
export async function markRunning(tx: Database, ref: RunRef, older: readonly number[], began: Date): Promise<void> {
  await tx.$executeRaw`
    update runs
    set state = 'running', began = ${began}, dispatched = case when run_id = ${ref.run} then ${began} else dispatched end
    where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = any(${[...older, ref.run]})
      and state = 'pending'`;
}

/** Notes that a pending run has asked for its turn in vain. */
export async function markAwaitingCall(tx: Database, ref: RunRef): Promise<void> {
  await tx.run.updateMany({ where: runRowKey(ref), data: { awaitsCall: true } });
}

/** Channel on which workers hear of cancellations; the payload is a run key or a task key. */
export const CANCELLATION_CHANNEL = 'gofer_cancellations';

/**
 * Asks for a run's cancellation, and wakes the workers that supervise its containers. Returns false, and does nothing, if
 * the run is over. Whoever asks first is noted; asking again only wakes everybody again.
 */
export async function requestRunCancellation(db: PrismaClient, ref: RunRef, user: string): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const { ended } = await findRun(tx, ref);
    if (ended !== null) return false;
    await markCancelRequested(tx, [ref], { by: user, byServer: false });
    return true;
  });
}

/** Notes that a run stops by itself, and wakes the workers that supervise its containers. Repeatable. */
export async function markStopped(db: PrismaClient, ref: RunRef, why: 'cancelled' | 'timed_out'): Promise<void> {
  await db.$transaction(async (tx) => {
    const where = { ...runRowKey(ref), ended: null };
    const { count } =
      why === 'timed_out'
        ? await tx.run.updateMany({ where: { ...where, timedOut: null }, data: { timedOut: new Date() } })
        : await tx.run.updateMany({
            where: { ...where, cancelRequested: null },
            data: { cancelRequested: new Date() },
          });
    await tx.$executeRaw`select pg_notify(${CANCELLATION_CHANNEL}, ${runKey(ref)})`;
    if (count > 0) await recordEvent(tx, { started_run_cancellation: runFields(ref) });
  });
}

/** Who cancels a run: a user, or with a text that says why, the server. */
export interface Canceller {
  readonly by: string;
  readonly byServer: boolean;
}

/** The same for several runs of one pipeline, as the last act of a transaction. Those that are over are left alone. */
export async function markCancelRequested(tx: Database, refs: readonly RunRef[], canceller: Canceller): Promise<void> {
  const [first] = refs;
  if (!first) return;
  const runs = refs.map(({ run }) => run);
  const asked = await tx.run.updateManyAndReturn({
    where: { ...pipelineKey(first), runId: { in: runs }, ended: null, cancelRequested: null },
    data: { cancelRequested: new Date(), cancelledBy: canceller.by, cancelledByServer: canceller.byServer },
    select: { runId: true },
  });
  await tx.$executeRaw`select pg_notify(${CANCELLATION_CHANNEL}, key) from unnest(${refs.map(runKey)}::text[]) key`;
  const events = asked.map(({ runId: run }) => ({ started_run_cancellation: runFields({ ...first, run }) }));
  if (events.length > 0) await recordEvents(tx, events);
}

/** Records how a run ended. Does nothing if that is recorded already. */
export async function markRunComplete(db: PrismaClient, ref: RunRef, outcome: RunOutcome): Promise<void> {
  const { status, description } = outcome;
  const event: EventKind = {
    completed_run: { ...runFields(ref), status, ...(description !== undefined && { description }) },
  };
  // One statement, so that nobody waits for this process while it holds the lock of the events.
  await db.$executeRaw`
    with changed as (
      update runs
      set state = 'complete', ended = ${new Date()}, status = ${status}, reason = ${outcome.reason ?? null},
        description = ${description ?? null}
      where namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline} and run_id = ${ref.run} and ended is null
      returning 1
    )
    select record_event(${JSON.stringify(event)}::jsonb) from changed`;
}

/** A run as the API has it. */
export function toRun(row: RunRow): Run {
  const ref: RunRef = { namespace: row.namespaceId, pipeline: row.pipelineId, run: row.runId };
  return {
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    pipeline_config_version: row.version,
    run_id: row.runId,
    started: toMillis(row.started),
    ended: toMillis(row.ended),
    state: row.state as Run['state'],
    status: row.status as Run['status'],
    status_reason: row.reason
      ? { reason: row.reason as NonNullable<Run['status_reason']>['reason'], description: row.description ?? '' }
      : null,
    initiator: { id: row.initiatorId, user: row.initiatorUser },
    variables: fromJson<Variable[]>(row.variables),
    token_id: row.tokenId,
    store_objects_expired: row.storeObjectsExpired,
    event_id: row.eventId,
    detail: {
      workflow_id: runWorkflowId(ref),
      ...(row.description !== null && { message: row.description }),
      ...(row.began !== null && { began: toMillis(row.began) }),
      ...(row.keepFailed !== null && { keep_failed: row.keepFailed }),
      ...(row.cancelledBy !== null && { cancelled_by: row.cancelledBy }),
      ...(row.rerunOf !== null && { rerun_of: row.rerunOf, ...(row.reuse && { reuse: true }) }),
    },
  };
}
