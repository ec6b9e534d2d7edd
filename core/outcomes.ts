import { runKey, type RunRef } from './ids.ts';
import type { Skip } from './graph.ts';
import { RunReason, RunStatus, TaskReason, TaskStatus, type RunOutcome, type TaskOutcome } from './states.ts';

/** The exit code of every task that ended without one of its own. */
const NO_EXIT_CODE = 1;

/** The highest exit code; longer ones are cut to it as operating systems do. */
const EXIT_CODE_MASK = 0xff;

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
};

/** The end of a container that ran and exited. */
export function exited(exit: { code: number; outOfMemory: boolean; error: string }): TaskOutcome {
  const exitCode = exit.code & EXIT_CODE_MASK;
  if (exitCode === 0) return { status: TaskStatus.Successful, exitCode };
  const signal = SIGNALS[exitCode - 128];
  const parts = [
    `exit code ${exitCode}`,
    ...(exit.outOfMemory ? ['out of memory'] : []),
    ...(signal ? [`signal ${signal}`] : []),
    ...(exit.error ? [exit.error] : []),
  ];
  return { status: TaskStatus.Failed, reason: TaskReason.AbnormalExit, description: parts.join(', '), exitCode };
}

/** The end of a task for which the scheduler could not do its part. */
export function schedulerFailed(description: string): TaskOutcome {
  return { status: TaskStatus.Failed, reason: TaskReason.SchedulerError, description, exitCode: NO_EXIT_CODE };
}

/** The end of a task whose conditions for starting were not met, other than by its parents. */
export function preconditionFailed(description: string): TaskOutcome {
  return { status: TaskStatus.Failed, reason: TaskReason.FailedPrecondition, description, exitCode: NO_EXIT_CODE };
}

export function cancelled(description: string): TaskOutcome {
  return { status: TaskStatus.Cancelled, reason: TaskReason.Cancelled, description, exitCode: NO_EXIT_CODE };
}

/** The end of a task that the scheduler lost sight of for good. */
export function lost(description: string): TaskOutcome {
  return { status: TaskStatus.Unknown, reason: TaskReason.SchedulerError, description, exitCode: NO_EXIT_CODE };
}

/** The end of a task that its parents kept from running. */
export function skipped(skip: Skip): TaskOutcome {
  const description = `'${skip.parent}' ended ${skip.parentStatus}, and the task asks for ${skip.required}`;
  return { status: TaskStatus.Skipped, reason: TaskReason.FailedPrecondition, description, exitCode: NO_EXIT_CODE };
}

/** How one task of a run ended. */
export interface TaskEnd {
  readonly task: string;
  readonly outcome: TaskOutcome;
  /** Set if its parents kept it from running. */
  readonly skip?: Skip;
}

/**
 * How a run ended (contract, api-behaviour §7.2 with D18, D19, D22): cancelled if that was asked for or a task ended so;
 * else failed if a task failed or was lost, with the reason of the first one that did; else successful. Skipped tasks
 * spoil nothing.
 */
export function runOutcome(run: RunRef, ended: readonly TaskEnd[], cancelRequested: boolean): RunOutcome {
  const cancelledTask = ended.find(({ outcome }) => outcome.status === TaskStatus.Cancelled);
  if (cancelRequested || cancelledTask) {
    const description = cancelRequested
      ? `run ${runKey(run)} was cancelled`
      : `task '${cancelledTask?.task}' was cancelled`;
    return { status: RunStatus.Cancelled, reason: RunReason.UserCancelled, description };
  }
  const failed = ended.find(({ outcome }) => isFailure(outcome));
  if (!failed) return { status: RunStatus.Successful };
  const description = `task '${failed.task}': ${failed.outcome.description ?? failed.outcome.status}`;
  return { status: RunStatus.Failed, reason: runReason(failed.outcome), description };
}

function isFailure(outcome: TaskOutcome): boolean {
  return outcome.status === TaskStatus.Failed || outcome.status === TaskStatus.Unknown;
}

function runReason(outcome: TaskOutcome): RunReason {
  switch (outcome.reason) {
    case TaskReason.SchedulerError:
      return RunReason.SchedulerError;
    case TaskReason.FailedPrecondition:
      return RunReason.FailedPrecondition;
    default:
      return RunReason.AbnormalExit;
  }
}
