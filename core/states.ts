/**
 * States, statuses and reasons of the wire protocol v0. Old clients parse these lists strictly, so nothing is ever added
 * to them; finer detail travels in optional fields beside them.
 */

/** Which parent outcome a task asks for. `unknown` is never satisfied and is refused at registration. */
export const ParentRequirement = { Any: 'any', Success: 'success', Failure: 'failure', Unknown: 'unknown' } as const;
export type ParentRequirement = (typeof ParentRequirement)[keyof typeof ParentRequirement];

export const RunState = { Pending: 'pending', Running: 'running', Complete: 'complete' } as const;
export type RunState = (typeof RunState)[keyof typeof RunState];

export const RunStatus = {
  Unknown: 'unknown',
  Failed: 'failed',
  Successful: 'successful',
  Cancelled: 'cancelled',
} as const;
export type RunStatus = (typeof RunStatus)[keyof typeof RunStatus];

export const RunReason = {
  AbnormalExit: 'abnormal_exit',
  SchedulerError: 'scheduler_error',
  FailedPrecondition: 'failed_precondition',
  UserCancelled: 'user_cancelled',
  AdminCancelled: 'admin_cancelled',
} as const;
export type RunReason = (typeof RunReason)[keyof typeof RunReason];

export const TaskState = {
  Processing: 'processing',
  Waiting: 'waiting',
  Running: 'running',
  Complete: 'complete',
} as const;
export type TaskState = (typeof TaskState)[keyof typeof TaskState];

/** How a task ended. `unknown` means that the scheduler lost its container. */
export const TaskStatus = {
  Unknown: 'unknown',
  Successful: 'successful',
  Failed: 'failed',
  Cancelled: 'cancelled',
  Skipped: 'skipped',
} as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

export const TaskReason = {
  AbnormalExit: 'abnormal_exit',
  SchedulerError: 'scheduler_error',
  FailedPrecondition: 'failed_precondition',
  Cancelled: 'cancelled',
} as const;
export type TaskReason = (typeof TaskReason)[keyof typeof TaskReason];

/** What brought a task to its end, more exactly than the contract's reasons can say. */
export const TaskCauseKind = {
  /** The program gave up with an exit code of its own. */
  Exit: 'exit',
  /** The program died of a signal that nobody sent through the engine. */
  Signal: 'signal',
  OutOfMemory: 'out_of_memory',
  TimedOut: 'timed_out',
  Cancelled: 'cancelled',
  /** Its parents did not end as it asks. */
  Skipped: 'skipped',
  /** A secret, object or the like that it needs is missing. */
  Precondition: 'precondition',
  ImageNotFound: 'image_not_found',
  ImageRefused: 'image_refused',
  ImageUnavailable: 'image_unavailable',
  ContainerRefused: 'container_refused',
  EngineUnreachable: 'engine_unreachable',
  /** The engine stopped or crashed, and took the container along. */
  EngineStopped: 'engine_stopped',
  /** Somebody other than Gofer sent the container a signal. */
  KilledFromOutside: 'killed_from_outside',
  /** Somebody other than Gofer removed the container. */
  ContainerRemoved: 'container_removed',
  /** No worker could see the task through. */
  WorkerLost: 'worker_lost',
} as const;
export type TaskCauseKind = (typeof TaskCauseKind)[keyof typeof TaskCauseKind];

export interface TaskCause {
  readonly kind: TaskCauseKind;
  /** The name of the signal that ended the program, for example `KILL`. */
  readonly signal?: string;
  /** The memory limit that was hit, in bytes. */
  readonly memory?: number;
  /** The time limit that was hit, in seconds. */
  readonly timeout?: number;
  /** Who cancelled. */
  readonly by?: string;
}

/** How one task ended, with the contract's reason (none on success) and a sentence for people. */
export interface TaskOutcome {
  readonly status: TaskStatus;
  readonly reason?: TaskReason;
  readonly description?: string;
  /** 0-255; the contract wants 1 for every end without a container's own exit code. */
  readonly exitCode: number;
  /** None on success. */
  readonly cause?: TaskCause;
}

/** How a run ended. */
export interface RunOutcome {
  readonly status: RunStatus;
  readonly reason?: RunReason;
  readonly description?: string;
}
