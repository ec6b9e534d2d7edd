import { ActivityFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { GraphWalk, type Decision, type GraphTask } from '../../core/graph.ts';
import type { RunRef } from '../../core/ids.ts';
import { cancelled, lost, skipped, type TaskEnd } from '../../core/outcomes.ts';
import type { TaskOutcome } from '../../core/states.ts';
import { containers, records } from '../proxies.ts';

/** Carries out the decisions of a graph walk: starts activities, and tells the walk how they end. */
export class RunExecution {
  readonly #run: RunRef;
  readonly #walk: GraphWalk;
  readonly #scopes = new Map<string, CancellationScope>();
  readonly #ended: TaskEnd[] = [];
  #openRecords = 0;

  constructor(run: RunRef, tasks: readonly GraphTask[]) {
    this.#run = run;
    this.#walk = new GraphWalk(tasks);
  }

  /** Starts the tasks without parents. */
  begin(): void {
    this.#apply(this.#walk.begin());
  }

  /** True when every task has ended and is recorded. */
  get idle(): boolean {
    return this.#walk.done && this.#scopes.size === 0 && this.#openRecords === 0;
  }

  /** How the tasks ended, in that order. */
  get ended(): readonly TaskEnd[] {
    return this.#ended;
  }

  /** Starts nothing more, and stops what runs. */
  cancelAll(): void {
    const ends = this.#walk.cancelWaiting().map((task) => ({ task, outcome: cancelled('the run was cancelled') }));
    this.#ended.push(...ends);
    this.#record(ends);
    for (const scope of this.#scopes.values()) scope.cancel();
  }

  /** Stops a task that runs, or ends one that waits. */
  cancelTask(task: string): void {
    const scope = this.#scopes.get(task);
    if (scope) return scope.cancel();
    if (!this.#walk.isWaiting(task)) return;
    const end = { task, outcome: cancelled('the task was cancelled') };
    this.#record([end]);
    this.#finish(end);
  }

  #apply(decision: Decision): void {
    const skips = decision.skip.map((skip) => ({ task: skip.task, outcome: skipped(skip), skip }));
    this.#ended.push(...skips);
    this.#record(skips);
    for (const task of decision.start) void this.#supervise(task);
  }

  #finish(end: TaskEnd): void {
    this.#ended.push(end);
    this.#apply(this.#walk.finish(end.task, end.outcome.status));
  }

  /** Never rejects: whatever happens to the activity becomes the outcome of the task. */
  async #supervise(task: string): Promise<void> {
    const scope = new CancellationScope();
    this.#scopes.set(task, scope);
    let outcome: TaskOutcome;
    try {
      outcome = await scope.run(() => containers.superviseTask({ ...this.#run, task }));
    } catch (error) {
      // The activity records every end that it sees; this is one that it did not.
      outcome = outcomeOfFailure(error);
      this.#record([{ task, outcome }]);
    }
    this.#scopes.delete(task);
    this.#finish({ task, outcome });
  }

  /** Keeps how tasks ended that no activity ran for, or whose activity could not. */
  #record(ends: readonly TaskEnd[]): void {
    if (ends.length === 0) return;
    this.#openRecords += 1;
    void records.completeTasks(this.#run, ends).then(() => {
      this.#openRecords -= 1;
    });
  }
}

function outcomeOfFailure(error: unknown): TaskOutcome {
  if (isCancellation(error)) return cancelled('the run or the task was cancelled');
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return lost(cause instanceof Error ? cause.message : String(cause));
}
