import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import type { LogStore } from '../backends/logs/contract.ts';
import type { ObjectStore } from '../backends/objects/contract.ts';
import { SchedulerError, SchedulerFailure, type Scheduler } from '../backends/scheduler/contract.ts';
import type { SecretStore } from '../backends/secrets/contract.ts';
import { ensureError, ErrorKind, GoferError } from '../core/errors.ts';
import { taskKey, type TaskRef } from '../core/ids.ts';
import { preconditionFailed, schedulerFailed } from '../core/outcomes.ts';
import type { TaskOutcome } from '../core/states.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Sealer } from '../services/sealing.ts';
import { findSupervisedTask } from '../store/supervised-tasks.ts';
import { markProcessing, markTasksComplete, type TaskEndRecord } from '../store/task-executions.ts';
import { payAttention } from './attention.ts';
import type { Cancellations } from './cancellations.ts';
import { PreconditionError } from './interpolation.ts';
import { taskLabels } from './labels.ts';
import { finishLog } from './log-pump.ts';
import type { EngineMetrics } from './metrics.ts';
import { Supervision } from './supervision.ts';

export interface SuperviseDependencies {
  readonly db: PrismaClient;
  readonly scheduler: Scheduler;
  readonly logs: LogStore;
  readonly objects: ObjectStore;
  readonly sealer: Sealer;
  readonly secrets: SecretStore;
  readonly cancellations: Cancellations;
  readonly metrics: EngineMetrics;
  readonly logger: Logger;
  /** See `getInstance`. */
  readonly instance: string;
  /** Seconds between TERM and KILL when a whole run is cancelled. */
  readonly stopGraceSeconds: number;
}

/**
 * The activity that sees one task through, from pull to removal. Any worker may repeat it at any point: the container is
 * found again by its labels, the log goes on where it stopped, and what is recorded is not recorded twice.
 */
export function createSuperviseTask(deps: SuperviseDependencies): (ref: TaskRef) => Promise<TaskOutcome> {
  return async (ref) => {
    const attention = payAttention(ref, deps.cancellations);
    try {
      const task = await findSupervisedTask(deps.db, ref);
      if (task.recorded) return task.recorded;
      const mayBeAdopted = Context.current().info.attempt > 1;
      const supervision = new Supervision(deps, ref, task, attention, mayBeAdopted);
      const end = await supervision.seeThrough().catch((error: unknown) => endOfFailure(deps, ref, error));
      // No container of it has run, so nobody has finished its log, and there may be readers waiting for that.
      if (end.startedAt === undefined) await finishLog(deps.logs, ref);
      await markTasksComplete(deps.db, ref, [{ task: ref.task, ...end }]);
      const { startedAt, endedAt } = end;
      const ran = startedAt !== undefined && endedAt !== undefined ? (endedAt - startedAt) / 1000 : undefined;
      deps.metrics.taskEnded(end.outcome.status, ran);
      void removeContainers(deps, ref);
      return end.outcome;
    } catch (error) {
      if (attention.detach.aborted) throw attention.detach.reason;
      const missing = error instanceof GoferError && error.kind === ErrorKind.NotFound;
      throw missing ? ApplicationFailure.nonRetryable(error.message, 'Missing') : error;
    } finally {
      attention.release();
    }
  };
}

/** The end of a task that could not be run; rethrows what a later try may get over. */
async function endOfFailure(deps: SuperviseDependencies, ref: TaskRef, error: unknown): Promise<TaskEndRecord> {
  if (error instanceof PreconditionError) return { outcome: preconditionFailed(error.message) };
  if (!(error instanceof SchedulerError)) throw error;
  if (error.failure !== SchedulerFailure.EngineUnreachable) return { outcome: schedulerFailed(error.message) };
  await markProcessing(deps.db, ref, error.message);
  throw error;
}

/** Out of the way of the tasks that wait for this one; what it misses is removed when the run completes. */
async function removeContainers({ scheduler, instance, logger }: SuperviseDependencies, ref: TaskRef): Promise<void> {
  try {
    for (const id of await scheduler.findContainers(taskLabels(instance, ref))) await scheduler.removeContainer(id);
  } catch (error) {
    logger.warn({ err: ensureError(error), task: taskKey(ref) }, 'container not removed yet');
  }
}
