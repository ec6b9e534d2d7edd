import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import { runKey, runWorkflowId, type RunRef } from '../core/ids.ts';
import type { RunOutcome } from '../core/states.ts';
import type { PrismaClient, Run as RunRow } from '../generated/prisma/client.ts';
import type { Config, Initiator, Run, Variable } from '../sdk/wire.ts';
import { fromJson, MAX_INTEGER, toJson, toMillis, type Database } from './client.ts';
import { versionToRun } from './configs.ts';
import { isMissingRow } from './errors.ts';
import { getPreferences } from './installation.ts';
import { recordEvent } from './events.ts';
import { missingPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';

/** The primary key of a run, as Prisma wants it. */
export function runRowKey(ref: RunRef) {
  return { namespaceId: ref.namespace, pipelineId: ref.pipeline, runId: ref.run };
}

/** The fields by which events name a run. */
export function runFields(ref: RunRef) {
  return { namespace_id: ref.namespace, pipeline_id: ref.pipeline, run_id: ref.run };
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
  initiator: Initiator,
  variables: readonly Variable[],
  issueToken: (tx: Database, run: RunRef, config: Config) => Promise<string | undefined>,
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
    const config = await versionToRun(tx, ref);
    const run: RunRef = { ...ref, run: pipeline.lastRun };
    const tokenId = (await issueToken(tx, run, config)) ?? null;
    await tx.run.create({
      data: {
        ...runRowKey(run),
        version: config.version,
        tokenId,
        initiatorId: initiator.id,
        initiatorUser: initiator.user,
        variables: toJson(variables),
      },
    });
    const eventId = await recordEvent(tx, { queued_run: runFields(run) });
    const where = { namespaceId_pipelineId_runId: runRowKey(run) };
    return toRun(await tx.run.update({ where, data: { eventId } }));
  });
}

/** Runs by number; all of the pipeline's unless limited. A missing pipeline has none. */
export async function listRuns(
  db: Database,
  ref: PipelineRef,
  page: { limit: number; offset: number; reverse: boolean },
): Promise<Run[]> {
  const rows = await db.run.findMany({
    where: pipelineKey(ref),
    orderBy: { runId: page.reverse ? 'desc' : 'asc' },
    take: Math.min(page.limit, MAX_INTEGER),
    skip: Math.min(page.offset, MAX_INTEGER),
  });
  return rows.map(toRun);
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

/** The runs of a namespace, or of one of its pipelines, that are not over. */
export async function listLiveRuns(db: Database, namespace: string, pipeline?: string): Promise<RunRef[]> {
  const rows = await db.run.findMany({
    where: { namespaceId: namespace, ...(pipeline !== undefined && { pipelineId: pipeline }), ended: null },
    select: { pipelineId: true, runId: true },
  });
  return rows.map((row) => ({ namespace, pipeline: row.pipelineId, run: row.runId }));
}

/** How many runs are not over, by state. */
export async function countLiveRuns(db: Database): Promise<{ pending: number; running: number }> {
  const rows = await db.run.groupBy({ by: ['state'], where: { ended: null }, _count: true });
  const count = (state: string) => rows.find((row) => row.state === state)?._count ?? 0;
  return { pending: count('pending'), running: count('running') };
}

/** Notes that the run's workflow exists. */
export async function markDispatched(db: Database, ref: RunRef): Promise<void> {
  await db.run.updateMany({ where: { ...runRowKey(ref), dispatched: null }, data: { dispatched: new Date() } });
}

/** Runs recorded before `olderThan` whose workflow was never confirmed: a process died between the two steps. */
export async function listUndispatchedRuns(db: Database, olderThan: Date, limit: number): Promise<RunRef[]> {
  const rows = await db.run.findMany({
    where: { dispatched: null, ended: null, started: { lt: olderThan } },
    orderBy: [{ started: 'asc' }],
    take: limit,
  });
  return rows.map((row) => ({ namespace: row.namespaceId, pipeline: row.pipelineId, run: row.runId }));
}

/** Moves a pending run to running. Returns false if it was running or over already. */
export async function markRunning(tx: Database, ref: RunRef): Promise<boolean> {
  const { count } = await tx.run.updateMany({
    where: { ...runRowKey(ref), state: 'pending' },
    data: { state: 'running', dispatched: new Date() },
  });
  return count > 0;
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
    const { count } = await tx.run.updateMany({
      where: { ...runRowKey(ref), ended: null, cancelRequested: null },
      data: { cancelRequested: new Date(), cancelledBy: user },
    });
    await tx.$executeRaw`select pg_notify(${CANCELLATION_CHANNEL}, ${runKey(ref)})`;
    if (count > 0) await recordEvent(tx, { started_run_cancellation: runFields(ref) });
    return true;
  });
}

/** Whether a pending run was asked to stop. One that runs finds that out from its tasks. */
export async function isCancelRequested(db: Database, ref: RunRef): Promise<boolean> {
  const { state, cancelRequested } = await findRun(db, ref);
  return state === 'pending' && cancelRequested !== null;
}

/** Records how a run ended. Does nothing if that is recorded already. */
export async function markRunComplete(db: PrismaClient, ref: RunRef, outcome: RunOutcome): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.run.updateMany({
      where: { ...runRowKey(ref), ended: null },
      data: {
        state: 'complete',
        ended: new Date(),
        status: outcome.status,
        reason: outcome.reason ?? null,
        description: outcome.description ?? null,
      },
    });
    if (count > 0) await recordEvent(tx, { completed_run: { ...runFields(ref), status: outcome.status } });
  });
}

function toRun(row: RunRow): Run {
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
      ...(row.cancelledBy !== null && { cancelled_by: row.cancelledBy }),
    },
  };
}
