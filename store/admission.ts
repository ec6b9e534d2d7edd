import {
  describeLimit,
  describeWaiting,
  NAMED_HOLDERS,
  runLimit,
  waitingFor,
  type Waiting,
} from '../core/admission.ts';
import { runKey, type RunRef } from '../core/ids.ts';
import { OnLimit } from '../core/pipeline-options.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Run } from '../sdk/wire.ts';
import type { Database } from './client.ts';
import { lockPipeline } from './configs.ts';
import { pipelineKey, type PipelineRef } from './pipelines.ts';
import { findNext, findPlaces, type RunLimits } from './run-queue.ts';
import { findRun, markCancelRequested, markRunning } from './runs.ts';

/** Serialises admissions that count all runs; the number means nothing else. */
const GLOBAL_ADMISSION_LOCK = 7_021_948;

/** Whether a run may run. If not, it waits, unless it is cancelled itself. */
export type Admission =
  | { readonly admitted: true; readonly began: Date }
  | {
      readonly admitted: false;
      readonly cancelRequested: boolean;
      /** Older runs that were asked to stop; their workflows have to be told, even if an earlier try has done so. */
      readonly makeRoom: readonly RunRef[];
    };

/** What an admission knows of its pipeline. */
interface Candidate {
  readonly ref: RunRef;
  /** How many runs the pipeline may have at once. */
  readonly allowed: number;
  readonly onLimit: OnLimit;
}

/**
 * Moves a pending run to running if the limits allow it and no older run of its pipeline waits. Runs hold places by
 * being in the state running, so there is no count that could go wrong. `whenAdmitted` is part of the transaction.
 * A run that had been admitted before stays so.
 */
export async function admitRun(
  db: PrismaClient,
  ref: RunRef,
  limits: RunLimits,
  whenAdmitted: (tx: Database) => Promise<void>,
): Promise<Admission> {
  return db.$transaction(async (tx) => {
    await lockPipeline(tx, ref);
    const run = await findRun(tx, ref);
    if (run.state !== 'pending') return { admitted: true, began: run.began ?? run.started };
    if (run.cancelRequested !== null) return REFUSED;
    const candidate = await readCandidate(tx, ref, run.version, limits);
    if (candidate.onLimit === OnLimit.CancelNewest && (await cancelNewest(tx, candidate))) return REFUSED;
    const makeRoom = candidate.onLimit === OnLimit.CancelOldest ? await cancelOldest(tx, candidate) : [];
    const mayRun =
      makeRoom.length === 0 && (await hasRoom(tx, candidate)) && (await serverHasRoom(tx, ref, run.started, limits));
    if (!mayRun) return { admitted: false, cancelRequested: false, makeRoom };
    const began = new Date();
    await markRunning(tx, ref, began);
    await whenAdmitted(tx);
    return { admitted: true, began };
  });
}

const REFUSED: Admission = { admitted: false, cancelRequested: true, makeRoom: [] };

async function readCandidate(tx: Database, ref: RunRef, version: number, limits: RunLimits): Promise<Candidate> {
  const { parallelism, onLimit } = await tx.pipelineConfig.findUniqueOrThrow({
    where: { namespaceId_pipelineId_version: { ...pipelineKey(ref), version } },
    select: { parallelism: true, onLimit: true },
  });
  const allowed = runLimit(Number(parallelism), limits.perPipeline);
  return { ref, allowed, onLimit: (onLimit as OnLimit | null) ?? OnLimit.Queue };
}

/** Asks the candidate to stop if as many older runs as there may be have not ended. */
async function cancelNewest(tx: Database, { ref, allowed }: Candidate): Promise<boolean> {
  const older = await listOlder(tx, ref);
  if (older.length < allowed) return false;
  const holders = older.slice(0, Math.min(allowed, NAMED_HOLDERS)).map(({ run }) => runKey({ ...ref, run }));
  const by = `the limit of the pipeline, which may have ${describeLimit(allowed, holders)}`;
  await markCancelRequested(tx, [ref], { by, byServer: true });
  return true;
}

/** Asks the oldest runs to stop, as many as the candidate and those between need, and returns who has to make room. */
async function cancelOldest(tx: Database, { ref, allowed }: Candidate): Promise<readonly RunRef[]> {
  const older = await listOlder(tx, ref);
  const staying = older.filter(({ leaving }) => !leaving);
  const surplus = staying.slice(0, Math.max(0, staying.length + 1 - allowed));
  const toRef = ({ run }: OlderRun): RunRef => ({ ...ref, run });
  const by = `run #${ref.run}: the pipeline may have ${allowed} at once, and the oldest make way`;
  await markCancelRequested(tx, surplus.map(toRef), { by, byServer: true });
  // Whoever asked the others may have died before it told them. Only the first in line looks after that, not all.
  const isFirst = staying.every(({ running }) => running);
  const untold = older.length >= allowed && isFirst ? older.filter(({ leaving }) => leaving) : [];
  return [...untold, ...surplus].map(toRef);
}

interface OlderRun {
  readonly run: number;
  readonly running: boolean;
  readonly leaving: boolean;
}

/** The older runs of the pipeline that hold a place or are going to: all but those that were asked to stop while waiting. */
async function listOlder(tx: Database, ref: RunRef): Promise<readonly OlderRun[]> {
  const rows = await tx.run.findMany({
    where: {
      ...pipelineKey(ref),
      ...{ ended: null, runId: { lt: ref.run } },
      OR: [{ state: 'running' }, { cancelRequested: null }],
    },
    select: { runId: true, state: true, cancelRequested: true },
    orderBy: { runId: 'asc' },
  });
  return rows.map(({ runId, state, cancelRequested }) => ({
    run: runId,
    running: state === 'running',
    leaving: cancelRequested !== null,
  }));
}

/** Whether the pipeline may have one more run, and the candidate is the first that waits. */
async function hasRoom(tx: Database, { ref, allowed }: Candidate): Promise<boolean> {
  const live = { ...pipelineKey(ref), ended: null };
  const first = await oldestPending(tx, ref);
  return first === ref.run && (await tx.run.count({ where: { ...live, state: 'running' } })) < allowed;
}

/** Whether the server may have one more run after those that have waited longer and have room in their pipelines. */
async function serverHasRoom(tx: Database, ref: RunRef, started: Date, limits: RunLimits): Promise<boolean> {
  if (limits.global === 0) return true;
  await tx.$executeRaw`select pg_advisory_xact_lock(${GLOBAL_ADMISSION_LOCK})`;
  // Ranking all that wait takes long when many do, and is not needed if there is room even for everybody before this one.
  if ((await countRunning(tx)) + (await countWaiting(tx, started)) <= limits.global) return true;
  const [place] = await findPlaces(tx, ref, [ref.run], limits);
  return place !== undefined && place.serverPosition <= place.serverRoom;
}

/** The runs that may be next when a run of this pipeline leaves or is admitted. */
export async function nextInLine(db: Database, ref: PipelineRef, limits: RunLimits): Promise<readonly RunRef[]> {
  // Whoever waits for the server's limit may belong to any pipeline.
  const everywhere = limits.global > 0 && (await countRunning(db)) + 1 >= limits.global;
  if (everywhere) return findNext(db, limits);
  const run = await oldestPending(db, ref);
  return run === undefined ? [] : [{ namespace: ref.namespace, pipeline: ref.pipeline, run }];
}

function countRunning(db: Database): Promise<number> {
  return db.run.count({ where: { state: 'running' } });
}

/** How many runs have waited since then or for longer. */
function countWaiting(db: Database, since: Date): Promise<number> {
  return db.run.count({ where: { state: 'pending', cancelRequested: null, started: { lte: since } } });
}

/** The first of the pipeline's runs that wait. */
async function oldestPending(db: Database, ref: PipelineRef): Promise<number | undefined> {
  const first = await db.run.findFirst({
    where: { ...pipelineKey(ref), state: 'pending', ended: null, cancelRequested: null },
    orderBy: { runId: 'asc' },
    select: { runId: true },
  });
  return first?.runId;
}

/** The runs of one pipeline as they were given, the pending ones with what they wait for. */
export async function withWaiting(
  db: Database,
  ref: PipelineRef,
  runs: readonly Run[],
  limits: RunLimits,
): Promise<Run[]> {
  const pending = runs.filter(({ state }) => state === 'pending').map(({ run_id }) => run_id);
  if (pending.length === 0) return [...runs];
  const reasons = new Map<number, Waiting | undefined>();
  for (const place of await findPlaces(db, ref, pending, limits)) {
    reasons.set(place.run, waitingFor({ ...ref, run: place.run }, place, limits.global));
  }
  return runs.map((run) => {
    const waiting = reasons.get(run.run_id);
    return waiting ? { ...run, detail: { ...run.detail, message: describeWaiting(waiting), waiting } } : run;
  });
}
