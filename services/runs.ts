import type { Logger } from 'pino';
import { ensureError, ErrorKind, GoferError, invalid } from '../core/errors.ts';
import { runKey, type RunRef, type TaskRef } from '../core/ids.ts';
import { parseReference } from '../core/interpolation.ts';
import { RUN_TOKEN_PREFIX } from '../core/variables.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Initiator, Run, Variable } from '../sdk/wire.ts';
import type { PipelineRef } from '../store/pipelines.ts';
import { withWaiting } from '../store/admission.ts';
import type { RunLimits } from '../store/run-queue.ts';
import { isUniqueViolation } from '../store/errors.ts';
import {
  createRun,
  findTriggeredRun,
  getRun as findRun,
  hasUnsuccessfulTasks,
  listRuns as findRuns,
  requestRunCancellation,
  type NewRun,
  type RunPage,
  type RunTrigger,
} from '../store/runs.ts';
import { listTriggeredRunsToDispatch, listUndispatchedRuns, markDispatched } from '../store/run-dispatch.ts';
import { requestTaskCancellation } from '../store/task-executions.ts';
import { concurrently } from './concurrently.ts';
import { issueRunToken } from './run-tokens.ts';
import type { Sealer } from './sealing.ts';
import type { Caller } from './tokens.ts';
import type { RunWorkflows } from './run-workflows.ts';

/** A run whose workflow was not confirmed for this long is dispatched again, in milliseconds. */
const DISPATCH_GRACE_MS = 5_000;
const DISPATCH_BATCH = 100;
const DISPATCH_CONCURRENCY = 8;
/** Runs of ticks are for those who look at the clock. If these are no more, others dispatch some after so many milliseconds. */
const TICK_GRACE_MS = 60_000;
const TICK_DISPATCH_BATCH = 10;
/** How many runs of triggers may have been started without having begun: a few seconds of work. */
const DISPATCH_BACKLOG = 40;

export interface RunDependencies {
  readonly db: PrismaClient;
  readonly workflows: RunWorkflows;
  readonly logger: Logger;
  readonly limits: RunLimits;
}

export type StartDependencies = RunDependencies & { readonly sealer: Sealer };

/**
 * Starts a run: records it, then starts its workflow. A crash or an unreachable Temporal between the two is made good by
 * `dispatchRuns`, so the run counts as started once it is recorded. With an identity the same user gets the same run again.
 */
export async function startRun(
  deps: StartDependencies,
  ref: PipelineRef,
  caller: Caller,
  variables: Readonly<Record<string, string>>,
  { identity, ...options }: RunOptions & { readonly identity?: string | undefined } = {},
): Promise<Run> {
  const initiator = { id: caller.tokenId, user: caller.user };
  if (identity === undefined) return begin(deps, ref, { initiator, variables: runVariables(variables), ...options });
  // Not of the token: extensions get another one with every start.
  return startTriggeredRun(deps, ref, initiator, { source: `user:${caller.user}`, identity }, variables, options);
}

/** What whoever starts a run may ask for besides. */
export type RunOptions = Pick<NewRun, 'keepFailed'>;

/**
 * Starts the run that a trigger stands for, or returns it if it has been started before, however often and by how many
 * at once this is called.
 */
export async function startTriggeredRun(
  deps: StartDependencies,
  ref: PipelineRef,
  initiator: Initiator,
  trigger: RunTrigger,
  variables: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<Run> {
  const { run, isNew } = await recordTriggeredRun(deps, ref, initiator, trigger, variables, options);
  if (isNew) await dispatch(deps, { ...ref, run: run.run_id });
  return run;
}

/** Like `startTriggeredRun`, but leaves starting the workflow to `dispatchTriggeredRuns`. */
export async function recordTriggeredRun(
  deps: StartDependencies,
  ref: PipelineRef,
  initiator: Initiator,
  trigger: RunTrigger,
  variables: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<{ readonly run: Run; readonly isNew: boolean }> {
  const recorded = await findTriggeredRun(deps.db, ref, trigger);
  if (recorded) return { run: recorded, isNew: false };
  try {
    const newRun = { initiator, variables: runVariables(variables), trigger, ...options };
    return { run: await record(deps, ref, newRun), isNew: true };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const recordedMeanwhile = await findTriggeredRun(deps.db, ref, trigger);
    if (!recordedMeanwhile) throw error;
    return { run: recordedMeanwhile, isNew: false };
  }
}

/**
 * Starts a run with the version and the variables of one that is complete.
 *
 * @param reuse whether the tasks that were successful keep their results, so that only the others run
 * @throws GoferError `invalid` if the run is not complete, or if there is nothing to run but all of it
 */
export async function rerun(
  deps: StartDependencies,
  ref: RunRef,
  caller: Caller,
  reuse: boolean,
  options: RunOptions = {},
): Promise<Run> {
  const run = await findRun(deps.db, ref);
  if (run.state !== 'complete') {
    throw new GoferError(
      ErrorKind.Invalid,
      `run '${runKey(ref)}' is ${run.state}; only a complete one can be run again`,
    );
  }
  if (reuse && !(await hasUnsuccessfulTasks(deps.db, ref))) {
    const message = `run '${runKey(ref)}' has no task that failed, was cancelled or was skipped; run all of it again`;
    throw new GoferError(ErrorKind.Invalid, message);
  }
  return begin(deps, ref, {
    initiator: { id: caller.tokenId, user: caller.user },
    variables: run.variables,
    rerun: { of: ref.run, version: run.pipeline_config_version, reuse },
    ...options,
  });
}

async function begin(deps: StartDependencies, ref: PipelineRef, newRun: NewRun): Promise<Run> {
  const run = await record(deps, ref, newRun);
  await dispatch(deps, { ...ref, run: run.run_id });
  return run;
}

async function record({ db, sealer }: StartDependencies, ref: PipelineRef, newRun: NewRun): Promise<Run> {
  return createRun(db, ref, newRun, (tx, run, version) => issueRunToken(tx, sealer, run, version));
}

/**
 * Starts the workflows of runs that the subscriptions of an extension have had recorded, up to `limit` and no faster than
 * they begin. Returns how many it has started.
 */
export async function dispatchTriggeredRuns(deps: RunDependencies, extension: string, limit: number): Promise<number> {
  const runs = await listTriggeredRunsToDispatch(deps.db, extension, { limit, backlog: DISPATCH_BACKLOG });
  await concurrently(DISPATCH_CONCURRENCY, runs, (ref) => dispatch(deps, ref));
  return runs.length;
}

/** One run; a pending one with what it waits for. */
export async function getRun({ db, limits }: RunDependencies, ref: RunRef): Promise<Run> {
  const run = await findRun(db, ref);
  const [withReason = run] = await withWaiting(db, ref, [run], limits);
  return withReason;
}

/** A page of a pipeline's runs; the pending ones with what they wait for. */
export async function listRuns({ db, limits }: RunDependencies, ref: PipelineRef, page: RunPage): Promise<Run[]> {
  return withWaiting(db, ref, await findRuns(db, ref, page), limits);
}

/** Starts the workflows of runs that were recorded, but whose process died or could not reach Temporal. */
export async function dispatchRuns(deps: RunDependencies): Promise<void> {
  const asked = { ofTicks: false, olderThan: new Date(Date.now() - DISPATCH_GRACE_MS), limit: DISPATCH_BATCH };
  const ofTicks = { ofTicks: true, olderThan: new Date(Date.now() - TICK_GRACE_MS), limit: TICK_DISPATCH_BATCH };
  const lists = await Promise.all([asked, ofTicks].map((which) => listUndispatchedRuns(deps.db, which)));
  for (const ref of lists.flat()) await dispatch(deps, ref);
}

/** Cancels a run. For one that is over this does nothing. */
export async function cancelRun(deps: RunDependencies, ref: RunRef, caller: Caller): Promise<void> {
  if (await requestRunCancellation(deps.db, ref, caller.user)) await deps.workflows.cancelRun(ref);
}

/** Cancels one task of a run, with `graceSeconds` between TERM and KILL. For one that is over this does nothing. */
export async function cancelTask(
  deps: RunDependencies,
  ref: TaskRef,
  graceSeconds: number,
  caller: Caller,
): Promise<void> {
  if (await requestTaskCancellation(deps.db, ref, graceSeconds, caller.user)) await deps.workflows.cancelTask(ref);
}

async function dispatch(deps: RunDependencies, ref: RunRef): Promise<void> {
  try {
    await deps.workflows.startRun(ref);
    await markDispatched(deps.db, ref);
  } catch (error) {
    deps.logger.warn({ err: ensureError(error), run: runKey(ref) }, 'run recorded, but its workflow not started yet');
  }
}

/** @throws GoferError `invalid` that names every variable that cannot be one */
function runVariables(variables: Readonly<Record<string, string>>): Variable[] {
  const problems = Object.entries(variables).flatMap(([key, value]) => {
    const path = `variables.${key}`;
    if (key.includes('=') || key.includes('\0')) return [{ path, value: key, message: "a name has no '=' and no NUL" }];
    // Or whoever may start runs could have a pipeline print the token of somebody else's run (D59).
    if (parseReference(value)?.key.startsWith(RUN_TOKEN_PREFIX)) {
      return [{ path, value, message: 'must not refer to the token of a run' }];
    }
    if (value.includes('\0')) return [{ path, message: 'a value has no NUL' }];
    return [];
  });
  if (problems.length > 0) throw invalid('the run variables are not valid', problems);
  return Object.entries(variables).map(([key, value]) => ({ key, value, source: 'run_options' }));
}
