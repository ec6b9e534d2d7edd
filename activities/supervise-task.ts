import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import { LogFencedError, type LogStore } from '../backends/logs/contract.ts';
import type { ObjectStore } from '../backends/objects/contract.ts';
import { SchedulerError, SchedulerFailure, type Scheduler } from '../backends/scheduler/contract.ts';
import type { SecretStore } from '../backends/secrets/contract.ts';
import { ErrorKind, GoferError } from '../core/errors.ts';
import type { TaskRef } from '../core/ids.ts';
import { failureOf, preconditionFailed, schedulerFailed } from '../core/outcomes.ts';
import { retryDelay } from '../core/retries.ts';
import { TaskCauseKind, type TaskOutcome, TaskStatus } from '../core/states.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Sealer } from '../services/sealing.ts';
import type { ConfigCache } from '../store/config-cache.ts';
import {
  findSupervisedTask,
  markProcessing,
  markTaskComplete,
  recordRetry,
  type SupervisedTask,
  type TaskEndRecord,
} from '../store/supervised-tasks.ts';
import { payAttention } from './attention.ts';
import type { Cancellations } from './cancellations.ts';
import type { AttemptEnd } from './contract.ts';
import { PreconditionError } from './interpolation.ts';
import type { EngineMetrics } from './metrics.ts';
import type { Preparations } from './preparations.ts';
import type { Settlements } from './settlements.ts';
import { Supervision } from './supervision.ts';

export interface SuperviseDependencies {
  readonly db: PrismaClient;
  readonly configs: ConfigCache;
  readonly scheduler: Scheduler;
  readonly logs: LogStore;
  readonly objects: ObjectStore;
  readonly sealer: Sealer;
  readonly secrets: SecretStore;
  readonly cancellations: Cancellations;
  readonly preparations: Preparations;
  readonly settlements: Settlements;
  readonly metrics: EngineMetrics;
  readonly logger: Logger;
  /** See `getInstance`. */
  readonly instance: string;
  /** Seconds between TERM and KILL, where neither the task nor whoever cancels says otherwise. */
  readonly stopGraceSeconds: number;
}

/**
 * The activity that sees one attempt at a task through, from pull to exit. Any worker may repeat it at any point: the
 * container is found again by its labels, the log goes on where it stopped, and what is recorded is not recorded twice.
 */
export function createSuperviseTask(deps: SuperviseDependencies): (ref: TaskRef) => Promise<AttemptEnd> {
  return async (ref) => {
    const attention = payAttention(ref, deps.cancellations);
    try {
      const task = await findSupervisedTask(deps.db, deps.configs, ref);
      if (task.recorded) return { kind: 'ended', outcome: task.recorded };
      if (task.retryInMs > 0 && !task.cancellation) return { kind: 'again', inMs: task.retryInMs };
      const supervision = new Supervision(deps, { ...ref, attempt: task.attempt }, task, attention);
      const end = await supervision.seeThrough().catch((error: unknown) => endOfFailure(deps, ref, error));
      const attemptEnd = await record(deps, ref, task, end);
      const hasFailed = attemptEnd.kind === 'ended' && attemptEnd.outcome.status === TaskStatus.Failed;
      supervision.settle({ keep: task.keepFailed && hasFailed });
      return attemptEnd;
    } catch (error) {
      if (attention.detach.aborted) throw attention.detach.reason;
      if (error instanceof LogFencedError) throw ApplicationFailure.retryable(error.message, 'Overtaken');
      const missing = error instanceof GoferError && error.kind === ErrorKind.NotFound;
      throw missing ? ApplicationFailure.nonRetryable(error.message, 'Missing') : error;
    } finally {
      attention.release();
    }
  };
}

/** Records that the task has ended, or that there is to be another attempt. */
async function record(
  deps: SuperviseDependencies,
  ref: TaskRef,
  task: SupervisedTask,
  end: TaskEndRecord,
): Promise<AttemptEnd> {
  const retry = nextAttempt(task, end.outcome);
  if (retry) {
    await recordRetry(deps.db, ref, task.attempt, end, retry);
    return { kind: 'again', inMs: retry.inMs };
  }
  await markTaskComplete(deps.db, { ...ref, ...end });
  const { startedAt, endedAt } = end;
  const ran = startedAt !== undefined && endedAt !== undefined ? (endedAt - startedAt) / 1000 : undefined;
  deps.metrics.taskEnded(end.outcome.status, ran);
  return { kind: 'ended', outcome: end.outcome };
}

/** When the next attempt may begin, in milliseconds, and what then counts; undefined if the task has ended. */
function nextAttempt({ definition, failures, interruptions }: SupervisedTask, outcome: TaskOutcome) {
  const failure = failureOf(outcome);
  if (failure === undefined) return undefined;
  const policy = definition.retries;
  if (failure === 'infrastructure') {
    const inARow = interruptions + 1;
    const inMs = retryDelay(policy, failures, { kind: failure, inARow });
    return inMs === undefined ? undefined : { inMs, failures, interruptions: inARow };
  }
  const how = failure === 'timeout' ? { kind: failure } : { kind: 'exit' as const, code: outcome.exitCode };
  const inMs = retryDelay(policy, failures, how);
  return inMs === undefined ? undefined : { inMs, failures: failures + 1, interruptions: 0 };
}

const CAUSES: Readonly<Partial<Record<SchedulerFailure, TaskCauseKind>>> = {
  [SchedulerFailure.ImageNotFound]: TaskCauseKind.ImageNotFound,
  [SchedulerFailure.ImageRefused]: TaskCauseKind.ImageRefused,
  [SchedulerFailure.ImageMissing]: TaskCauseKind.ImageUnavailable,
  [SchedulerFailure.ImageUnavailable]: TaskCauseKind.ImageUnavailable,
  [SchedulerFailure.ContainerLost]: TaskCauseKind.EngineStopped,
};

/** The end of a task that could not be run; rethrows what a later try may get over. */
async function endOfFailure(deps: SuperviseDependencies, ref: TaskRef, error: unknown): Promise<TaskEndRecord> {
  if (error instanceof PreconditionError) return { outcome: preconditionFailed(error.message) };
  if (!(error instanceof SchedulerError)) throw error;
  if (error.failure !== SchedulerFailure.EngineUnreachable) {
    return { outcome: schedulerFailed(CAUSES[error.failure] ?? TaskCauseKind.ContainerRefused, error.message) };
  }
  await markProcessing(deps.db, ref, error.message);
  throw error;
}
