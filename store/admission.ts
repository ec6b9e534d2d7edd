import { runLimit } from '../core/admission.ts';
import type { RunRef } from '../core/ids.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Database } from './client.ts';
import { lockPipeline } from './configs.ts';
import { pipelineKey, type PipelineRef } from './pipelines.ts';
import { findRun, markRunning } from './runs.ts';

/** How many runs may run at once; 0 means any number. */
export interface RunLimits {
  /** On the whole server. */
  readonly global: number;
  /** Of each pipeline, besides its own `parallelism`. */
  readonly perPipeline: number;
}

/** Serialises admissions that count all runs; the number means nothing else. */
const GLOBAL_ADMISSION_LOCK = 7_021_948;

/**
 * Moves a pending run to running if the limits allow it and no older run of its pipeline waits. Runs hold places by
 * being in the state running, so there is no count that could go wrong. `whenAdmitted` is part of the transaction.
 * Returns false if the run has to wait; a run that had been admitted before stays so.
 */
export async function admitRun(
  db: PrismaClient,
  ref: RunRef,
  limits: RunLimits,
  whenAdmitted: (tx: Database) => Promise<void>,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    await lockPipeline(tx, ref);
    const run = await findRun(tx, ref);
    if (run.state !== 'pending') return true;
    if (limits.global > 0) await tx.$executeRaw`select pg_advisory_xact_lock(${GLOBAL_ADMISSION_LOCK})`;
    if ((await whyWaiting(tx, ref, limits)) !== undefined) return false;
    if (await markRunning(tx, ref)) await whenAdmitted(tx);
    return true;
  });
}

/** Says in a sentence what a pending run waits for; undefined if nothing keeps it from running. */
export async function whyWaiting(db: Database, ref: RunRef, limits: RunLimits): Promise<string | undefined> {
  const { version } = await findRun(db, ref);
  const { parallelism } = await db.pipelineConfig.findUniqueOrThrow({
    where: { namespaceId_pipelineId_version: { ...pipelineKey(ref), version } },
    select: { parallelism: true },
  });
  const [holders, ahead] = await Promise.all([
    db.run.findMany({ where: { ...pipelineKey(ref), state: 'running', ended: null }, select: { runId: true } }),
    db.run.count({ where: { ...pipelineKey(ref), state: 'pending', ended: null, runId: { lt: ref.run } } }),
  ]);
  const limit = runLimit(Number(parallelism), limits.perPipeline);
  if (holders.length >= limit) {
    const names = holders.map(({ runId }) => `#${runId}`).join(', ');
    return `waits for its turn: the pipeline may have ${limit} at once (${names}), and ${ahead} wait before it`;
  }
  if (ahead > 0) return `waits for its turn: ${ahead} older run(s) of the pipeline come first`;
  if (limits.global > 0) {
    const running = await db.run.count({ where: { state: 'running', ended: null } });
    if (running >= limits.global) return `waits for its turn: the server may have ${limits.global} runs at once`;
  }
  return undefined;
}

/** The runs that may be next when a run of this pipeline leaves: the oldest pending one of it and of all others. */
export async function nextInLine(db: Database, ref: PipelineRef, limits: RunLimits): Promise<readonly RunRef[]> {
  // Whoever waits for the server's limit may belong to any pipeline.
  const everywhere =
    limits.global > 0 && (await db.run.count({ where: { state: 'running', ended: null } })) + 1 >= limits.global;
  if (everywhere) return oldestPending(db);
  const next = await db.run.findFirst({
    where: { ...pipelineKey(ref), state: 'pending', ended: null },
    orderBy: { runId: 'asc' },
    select: { runId: true },
  });
  return next ? [{ namespace: ref.namespace, pipeline: ref.pipeline, run: next.runId }] : [];
}

/** The oldest pending run of each pipeline that has one. Prisma's `distinct` would read all that wait. */
async function oldestPending(db: Database): Promise<readonly RunRef[]> {
  return db.$queryRaw<RunRef[]>`
    select distinct on (namespace_id, pipeline_id) namespace_id as namespace, pipeline_id as pipeline, run_id as run
    from runs where state = 'pending' and ended is null
    order by namespace_id, pipeline_id, run_id`;
}
