import type { WatchedEnd } from '../core/extensions.ts';
import type { RunRef, SubscriptionRef } from '../core/ids.ts';
import type { RunStatus } from '../core/states.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { toMillis, type Database } from './client.ts';
import { listEvents } from './events.ts';
import { runRowKey } from './runs.ts';
import { toSubscriptionRecord } from './subscriptions.ts';

/** How a run ended. */
export interface RunEnd {
  readonly ref: RunRef;
  readonly status: RunStatus;
  /** In milliseconds, from its start. */
  readonly took: number;
  readonly description?: string;
}

/** Nothing if the run is gone or not over. */
export async function findRunEnd(db: Database, ref: RunRef): Promise<RunEnd | undefined> {
  const row = await db.run.findUnique({ where: { namespaceId_pipelineId_runId: runRowKey(ref) } });
  if (!row || row.ended === null) return undefined;
  return {
    ref,
    status: row.status as RunStatus,
    took: toMillis(row.ended) - toMillis(row.started),
    ...(row.description !== null && { description: row.description }),
  };
}

/** How the runs before one ended, the latest first, without those that were cancelled. */
export async function listEndsBefore(db: Database, ref: RunRef, limit: number): Promise<readonly RunStatus[]> {
  const { namespace: namespaceId, pipeline: pipelineId, run } = ref;
  const rows = await db.run.findMany({
    where: { namespaceId, pipelineId, runId: { lt: run }, ended: { not: null }, status: { not: 'cancelled' } },
    orderBy: { runId: 'desc' },
    take: limit,
    select: { status: true },
  });
  return rows.map(({ status }) => status as RunStatus);
}

/** How many runs have started one another until this one. */
export async function findChainDepth(db: Database, ref: RunRef): Promise<number> {
  const trigger = await db.runTrigger.findFirst({ where: runRowKey(ref), select: { depth: true } });
  return trigger?.depth ?? 0;
}

/** Whose place in the event stream the ends of runs are read up to. The migrations have put the row there. */
const READER = 'run-ends';

/** How long handing on one batch may take, in milliseconds. */
const BATCH_TIMEOUT_MS = 60_000;

/**
 * Hands the ends of runs behind the last place to `work`, in the order of their commits, and takes note of how far that
 * got. One process at a time does that. What fails or dies before the end is handed on again.
 *
 * @returns how many events were looked at; 0 as well if another process is at it
 */
export async function readRunEnds(
  db: PrismaClient,
  limit: number,
  work: (ends: readonly WatchedEnd[]) => Promise<void>,
): Promise<number> {
  const read = async (tx: Database) => {
    const [reader] = await tx.$queryRaw<{ position: bigint }[]>`
      select position from event_readers where reader = ${READER} for update skip locked`;
    if (!reader) return 0;
    const events = await listEvents(tx, { from: reader.position, reverse: false, limit });
    const last = events.at(-1);
    if (!last) return 0;
    const ends = events.flatMap(({ position, event: { kind } }) =>
      'completed_run' in kind ? [{ position: Number(position), run: runOf(kind.completed_run) }] : [],
    );
    if (ends.length > 0) await work(ends);
    await tx.$executeRaw`update event_readers set position = ${last.position} where reader = ${READER}`;
    return events.length;
  };
  return db.$transaction(read, { timeout: BATCH_TIMEOUT_MS });
}

function runOf(fields: { namespace_id: string; pipeline_id: string; run_id: number }): RunRef {
  return { namespace: fields.namespace_id, pipeline: fields.pipeline_id, run: fields.run_id };
}

/** The active subscriptions that watch one of these pipelines, each named as `namespace/pipeline`. */
export async function listWatchers(
  db: Database,
  pipelines: readonly string[],
): Promise<readonly { readonly ref: SubscriptionRef; readonly watches: string }[]> {
  const rows = await db.subscription.findMany({
    where: { watches: { in: [...pipelines] }, status: 'active', extension: { status: 'enabled' } },
  });
  return rows.map((row) => ({ ref: toSubscriptionRecord(row).ref, watches: row.watches ?? '' }));
}

/** Those of the given runs that an extension with this image has started. */
export async function listReportedRuns(db: Database, runs: readonly RunRef[], image: string): Promise<RunRef[]> {
  return db.$queryRaw<RunRef[]>`
    select namespace, pipeline, run
    from jsonb_to_recordset(${JSON.stringify(runs)}::jsonb) as ended(namespace text, pipeline text, run integer)
      join run_triggers t on (t.namespace_id, t.pipeline_id, t.run_id) = (namespace, pipeline, run)
      join extensions on id = split_part(source, '/', 1)
    where extensions.image = ${image}`;
}
