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
import { findRun, markAwaitingCall, markCancelRequested, markRunning } from './runs.ts';

/** Serialises admissions that count all runs; the number means nothing else. */
const GLOBAL_ADMISSION_LOCK = 7_021_948;

/** How long a run may be recorded already while its workflow is still on its way, in milliseconds. */
const ARRIVAL_MS = 5_000;

/** Whether a run may run. If not, it waits, unless it is cancelled itself. */
export type Admission =
  | {
      readonly admitted: true;
      readonly began: Date;
      /** The run that comes next, if the pipeline has room for it and it has to be called because it asked in vain before. */
      readonly next?: RunRef;
    }
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
 * Moves a pending run to running if the limits allow it and no older run of its pipeline waits. Older ones that are just
 * about to ask are admitted before it, if there is room for all of them: when many are started at once, nobody has to be
 * called because he came too early. Runs hold places by being in the state running, so there is no count that could go
 * wrong. A run that had been admitted before stays so.
 *
 * @param whenAdmitted part of the transaction, called for each run in their order
 * @param maxOlder how many older ones may be admitted with it
 */
export async function admitRun(
  db: PrismaClient,
  ref: RunRef,
  limits: RunLimits,
  whenAdmitted: (tx: Database, run: RunRef) => Promise<void>,
  maxOlder = 0,
): Promise<Admission> {
  return db.$transaction(async (tx) => {
    await lockPipeline(tx, ref);
    const run = await findRun(tx, ref);
    if (run.state !== 'pending') return { admitted: true, began: run.began ?? run.started };
    if (run.cancelRequested !== null) return REFUSED;
    const candidate = await readCandidate(tx, ref, run.version, limits);
    if (candidate.onLimit === OnLimit.CancelNewest && (await cancelNewest(tx, candidate))) return REFUSED;
    const makeRoom = candidate.onLimit === OnLimit.CancelOldest ? await cancelOldest(tx, candidate) : [];
    const { before, next } = await readLine(tx, ref, maxOlder + 2);
    const room = (await roomInPipeline(tx, candidate)) - before.length - 1;
    const mayRun =
      makeRoom.length === 0 &&
      room >= 0 &&
      before.length <= maxOlder &&
      before.every(({ isArriving, version }) => isArriving && version === run.version) &&
      (await serverHasRoom(tx, ref, [...before, run], limits));
    if (!mayRun) {
      if (!run.awaitsCall) await markAwaitingCall(tx, ref);
      return { admitted: false, cancelRequested: false, makeRoom };
    }
    const began = new Date();
    const older = before.map((waiting) => waiting.run);
    await markRunning(tx, ref, older, began);
    for (const admitted of [...older, ref.run]) await whenAdmitted(tx, { ...ref, run: admitted });
    return { admitted: true, began, ...(room > 0 && next !== undefined && { next: { ...ref, run: next } }) };
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

/** A run that waits in the same pipeline. */
interface WaitingRun {
  readonly run: number;
  readonly version: number;
  readonly started: Date;
  /** It has not asked for its turn yet, but will do so any moment. */
  readonly isArriving: boolean;
}

/** The runs of a pipeline that wait for their turn. */
const waitingIn = (ref: PipelineRef) => ({
  ...pipelineKey(ref),
  state: 'pending',
  ended: null,
  cancelRequested: null,
});

/** Of the first that wait in the pipeline, those before a run, and the one that comes next, if it waits to be called. */
async function readLine(
  tx: Database,
  ref: RunRef,
  limit: number,
): Promise<{ before: readonly WaitingRun[]; next?: number }> {
  const rows = await tx.run.findMany({
    where: waitingIn(ref),
    orderBy: { runId: 'asc' },
    select: { runId: true, version: true, started: true, dispatched: true, awaitsCall: true },
    take: limit,
  });
  const line = rows.map(({ runId: run, version, started, dispatched, awaitsCall }) => {
    const isUnderWay = dispatched !== null || Date.now() - started.getTime() < ARRIVAL_MS;
    return { run, version, started, awaitsCall, isArriving: isUnderWay && !awaitsCall };
  });
  const next = line.find(({ run }) => run > ref.run);
  return { before: line.filter(({ run }) => run < ref.run), ...(next?.awaitsCall && { next: next.run }) };
}

/** How many more runs the pipeline may have, not counting those that wait. */
async function roomInPipeline(tx: Database, { ref, allowed }: Candidate): Promise<number> {
  if (allowed === Infinity) return Infinity;
  return allowed - (await tx.run.count({ where: { ...pipelineKey(ref), ended: null, state: 'running' } }));
}

/** Whether the server may have these runs of a pipeline after those that have waited longer and have room in theirs. */
async function serverHasRoom(
  tx: Database,
  ref: RunRef,
  runs: readonly Pick<WaitingRun, 'started'>[],
  limits: RunLimits,
): Promise<boolean> {
  if (limits.global === 0) return true;
  await tx.$executeRaw`select pg_advisory_xact_lock(${GLOBAL_ADMISSION_LOCK})`;
  const latest = new Date(Math.max(...runs.map(({ started }) => started.getTime())));
  // Ranking all that wait takes long when many do, and is not needed if there is room even for everybody before these.
  if ((await countRunning(tx)) + (await countWaiting(tx, latest)) <= limits.global) return true;
  if (runs.length > 1) return false;
  const [place] = await findPlaces(tx, ref, [ref.run], limits);
  return place !== undefined && place.serverPosition <= place.serverRoom;
}

/** The runs that may be next when a run of this pipeline leaves. */
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
    where: waitingIn(ref),
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
