import type { RunRef, TaskRef } from '../core/ids.ts';
import type { GraphTask } from '../core/graph.ts';
import type { TaskEnd } from '../core/outcomes.ts';
import type { RunOutcome, TaskOutcome } from '../core/states.ts';

/**
 * What the run workflow asks of the outside world. Arguments and results carry ids and outcomes only: everything passes
 * through a Temporal history, which is neither secret nor large.
 */
export interface RunActivities {
  /**
   * Moves the run from pending to running, creates its task executions and returns their dependencies, unless limits make
   * it wait. Repeatable.
   */
  beginRun(run: RunRef): Promise<BegunRun>;
  /** Runs one task's container from pull to removal, or finds the one that an earlier try left, and records its end. */
  superviseTask(task: TaskRef): Promise<TaskOutcome>;
  /** Records the end of tasks that never got a container. Repeatable; tasks that have ended already are left alone. */
  completeTasks(run: RunRef, ends: readonly TaskEnd[]): Promise<void>;
  /** Removes whatever containers the run has left, then records how it ended. Repeatable. */
  completeRun(run: RunRef, outcome: RunOutcome): Promise<void>;
}

export type BegunRun =
  | { readonly admitted: false; readonly cancelRequested: boolean }
  | { readonly admitted: true; readonly tasks: readonly GraphTask[] };
