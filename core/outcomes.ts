import type { Skip } from './graph.ts';
import {
  RunReason,
  RunStatus,
  TaskCauseKind,
  TaskReason,
  TaskStatus,
  type RunOutcome,
  type TaskCause,
  type TaskOutcome,
} from './states.ts';

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

/** What is known of a container that ran and exited. */
export interface Exit {
  readonly code: number;
  readonly outOfMemory: boolean;
  /** The engine's own words; '' if it had none. */
  readonly error: string;
  /** The limit that was in force, in bytes. */
  readonly memoryLimitBytes?: number;
  /** Who ended it, if it was neither the program nor Gofer. */
  readonly interruption?: 'engine_stopped' | 'killed_from_outside';
}

/** The end of a container that ran and exited. */
export function exited(exit: Exit): TaskOutcome {
  const exitCode = exit.code & EXIT_CODE_MASK;
  if (exitCode === 0) return { status: TaskStatus.Successful, exitCode };
  const signal = SIGNALS[exitCode - 128];
  const limit = exit.memoryLimitBytes === undefined ? '' : ` (limit ${formatBytes(exit.memoryLimitBytes)})`;
  const parts = [
    `exit code ${exitCode}`,
    ...(exit.outOfMemory ? [`out of memory${limit}`] : []),
    ...(signal ? [`signal ${signal}`] : []),
    ...(exit.interruption ? [INTERRUPTIONS[exit.interruption]] : []),
    ...(exit.error ? [exit.error] : []),
  ];
  return {
    status: TaskStatus.Failed,
    reason: TaskReason.AbnormalExit,
    description: parts.join(', '),
    exitCode,
    cause: causeOf(exit, signal),
  };
}

const INTERRUPTIONS = {
  engine_stopped: 'the container engine stopped and took the container along',
  killed_from_outside: 'killed by somebody other than Gofer',
} as const;

function causeOf(exit: Exit, signal: string | undefined): TaskCause {
  const named = signal === undefined ? {} : { signal };
  if (exit.interruption) return { kind: exit.interruption, ...named };
  if (exit.outOfMemory) {
    const limit = exit.memoryLimitBytes === undefined ? {} : { memory: exit.memoryLimitBytes };
    return { kind: TaskCauseKind.OutOfMemory, ...named, ...limit };
  }
  return signal === undefined ? { kind: TaskCauseKind.Exit } : { kind: TaskCauseKind.Signal, signal };
}

/** Bytes as people read them: `64 MiB`. */
function formatBytes(bytes: number): string {
  return bytes % MEBIBYTE === 0 ? `${bytes / MEBIBYTE} MiB` : `${bytes} bytes`;
}

const MEBIBYTE = 1024 * 1024;

/** The end of a task whose container ran longer than it may. */
export function timedOut(seconds: number, exitCode: number): TaskOutcome {
  return {
    status: TaskStatus.Failed,
    reason: TaskReason.AbnormalExit,
    description: `timed out: it may run for ${seconds} s`,
    exitCode: exitCode & EXIT_CODE_MASK || NO_EXIT_CODE,
    cause: { kind: TaskCauseKind.TimedOut, timeout: seconds },
  };
}

/** The end of a task for which the scheduler could not do its part. */
export function schedulerFailed(kind: TaskCauseKind, description: string): TaskOutcome {
  const { Failed } = TaskStatus;
  return { status: Failed, reason: TaskReason.SchedulerError, description, exitCode: NO_EXIT_CODE, cause: { kind } };
}

/** The end of a task whose conditions for starting were not met, other than by its parents. */
export function preconditionFailed(description: string): TaskOutcome {
  return {
    status: TaskStatus.Failed,
    reason: TaskReason.FailedPrecondition,
    description,
    exitCode: NO_EXIT_CODE,
    cause: { kind: TaskCauseKind.Precondition },
  };
}

/** The end of a task that was told to stop, by the given user if that is known. */
export function cancelled(description: string, by?: string): TaskOutcome {
  return {
    status: TaskStatus.Cancelled,
    reason: TaskReason.Cancelled,
    description,
    exitCode: NO_EXIT_CODE,
    cause: { kind: TaskCauseKind.Cancelled, ...(by !== undefined && { by }) },
  };
}

/** The end of a task that the scheduler lost sight of for good. */
export function lost(kind: TaskCauseKind, description: string): TaskOutcome {
  const { Unknown } = TaskStatus;
  return { status: Unknown, reason: TaskReason.SchedulerError, description, exitCode: NO_EXIT_CODE, cause: { kind } };
}

/** The end of a task that its parents kept from running. */
export function skipped(skip: Skip): TaskOutcome {
  return {
    status: TaskStatus.Skipped,
    reason: TaskReason.FailedPrecondition,
    description: `'${skip.parent}' ended ${skip.parentStatus}, and the task asks for ${skip.required}`,
    exitCode: NO_EXIT_CODE,
    cause: { kind: TaskCauseKind.Skipped },
  };
}

/** Ends that say nothing about the task's own program, so that trying again does not use up one of its attempts. */
const INFRASTRUCTURE: ReadonlySet<TaskCauseKind> = new Set<TaskCauseKind>([
  TaskCauseKind.ImageUnavailable,
  TaskCauseKind.EngineUnreachable,
  TaskCauseKind.EngineStopped,
  TaskCauseKind.KilledFromOutside,
  TaskCauseKind.ContainerRemoved,
  TaskCauseKind.WorkerLost,
]);

/** Ends that another attempt cannot change. */
const FINAL: ReadonlySet<TaskCauseKind> = new Set<TaskCauseKind>([
  TaskCauseKind.Cancelled,
  TaskCauseKind.Skipped,
  TaskCauseKind.Precondition,
  TaskCauseKind.ImageNotFound,
  TaskCauseKind.ImageRefused,
  TaskCauseKind.ContainerRefused,
]);

/** What kind of failure an outcome is, for whoever decides about another attempt; undefined if there is no point in one. */
export function failureOf(outcome: TaskOutcome): 'infrastructure' | 'timeout' | 'program' | undefined {
  const { cause } = outcome;
  if (!cause || FINAL.has(cause.kind)) return undefined;
  if (INFRASTRUCTURE.has(cause.kind)) return 'infrastructure';
  return cause.kind === TaskCauseKind.TimedOut ? 'timeout' : 'program';
}

/** How one task of a run ended. */
export interface TaskEnd {
  readonly task: string;
  readonly outcome: TaskOutcome;
  /** Set if its parents kept it from running. */
  readonly skip?: Skip;
}

/** The end of a task in the eyes of its run. */
export interface JudgedEnd extends TaskEnd {
  /** Its failure does not spoil the run. */
  readonly allowFailure: boolean;
}

/** That a run was told to stop, and why. */
export type RunStop =
  /** By a user, or by what the server had to do it for. */
  | { readonly kind: 'cancelled'; readonly by?: string; readonly byServer?: boolean }
  /** It ran for longer than so many seconds. */
  | { readonly kind: 'timed_out'; readonly seconds: number };

/** A sentence for people. */
export function describeStop(stop: RunStop): string {
  if (stop.kind === 'timed_out') return `the run timed out: it may take ${stop.seconds} s`;
  return stop.by === undefined ? 'the run was cancelled' : `the run was cancelled by ${stop.by}`;
}

/**
 * How a run ended (contract, api-behaviour §7.2 with D18, D19, D22): failed if it timed out; cancelled if that was asked
 * for or a task ended so; else failed if a task failed or was lost, with the reason of the first one that did; else
 * successful. Skipped tasks spoil nothing, and neither do those that may fail.
 *
 * @param ended in the order in which they ended
 */
export function runOutcome(ended: readonly JudgedEnd[], stop: RunStop | undefined): RunOutcome {
  if (stop?.kind === 'timed_out') {
    return { status: RunStatus.Failed, reason: RunReason.AbnormalExit, description: describeStop(stop) };
  }
  const cancelledTask = ended.find(({ outcome }) => outcome.status === TaskStatus.Cancelled);
  if (stop || cancelledTask) {
    const description = stop ? describeStop(stop) : `task '${cancelledTask?.task}' was cancelled`;
    const reason = stop?.byServer ? RunReason.AdminCancelled : RunReason.UserCancelled;
    return { status: RunStatus.Cancelled, reason, description };
  }
  const failed = ended.find(({ outcome, allowFailure }) => !allowFailure && isFailure(outcome));
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
