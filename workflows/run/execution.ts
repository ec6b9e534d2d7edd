import { ActivityFailure, CancellationScope, isCancellation, patched, sleep } from '@temporalio/workflow';
import type { AttemptEnd } from '../../activities/contract.ts';
import { GraphWalk, type Decision, type GraphTask } from '../../core/graph.ts';
import type { RunRef } from '../../core/ids.ts';
import { cancelled, lost, skipped, type TaskEnd } from '../../core/outcomes.ts';
import { TaskCauseKind, TaskStatus, type TaskOutcome } from '../../core/states.ts';
import { containers, records } from '../proxies.ts';

/** How many tasks of a run are supervised at once. Temporal allows 2,000 activities at once in a workflow. */
const MAX_SUPERVISED = 500;

/** How many ends are recorded with one activity, so that its arguments stay small. */
const RECORD_BATCH = 500;

/** Carries out the decisions of a graph walk: starts activities, and tells the walk how they end. */
export class RunExecution {
  readonly #run: RunRef;
  readonly #walk: GraphWalk;
  readonly #scopes = new Map<string, CancellationScope>();
  /** Tasks that may run and wait for one of `MAX_SUPERVISED` places, in order. */
  readonly #ready = new Set<string>();
  #ended = 0;
  #openRecords = 0;
  #paused = false;

  constructor(run: RunRef, tasks: readonly GraphTask[]) {
    this.#run = run;
    this.#walk = new GraphWalk(tasks);
  }

  /** Starts the tasks that wait for no parent. */
  begin(): void {
    this.#apply(this.#walk.begin());
  }

  /** Starts nothing more, for the run is about to go on elsewhere. */
  pause(): void {
    this.#paused = true;
  }

  /** True when every task has ended and is recorded. */
  get idle(): boolean {
    return this.#walk.done && this.#scopes.size === 0 && this.recorded;
  }

  /** True when the end of every task that needed no container is recorded. */
  get recorded(): boolean {
    return this.#openRecords === 0;
  }

  /** How many tasks have ended here. */
  get endedCount(): number {
    return this.#ended;
  }

  /** Starts nothing more, and stops what runs. */
  cancelAll(): void {
    this.cancelWaiting();
    for (const scope of this.#scopes.values()) scope.cancel();
  }

  /** Starts nothing more. */
  cancelWaiting(): void {
    const waiting = [...this.#walk.cancelWaiting(), ...this.#ready];
    for (const task of this.#ready) this.#walk.finish(task, TaskStatus.Cancelled);
    this.#ready.clear();
    this.#record(waiting.map((task) => ({ task, outcome: cancelled('the run was cancelled') })));
  }

  /** Stops a task that runs, or ends one that waits. */
  cancelTask(task: string): void {
    const scope = this.#scopes.get(task);
    if (scope) return scope.cancel();
    if (!this.#ready.delete(task) && !this.#walk.isWaiting(task)) return;
    const end = { task, outcome: cancelled('the task was cancelled') };
    this.#record([end]);
    this.#finish(end);
  }

  #apply(decision: Decision): void {
    this.#record(decision.skip.map((skip) => ({ task: skip.task, outcome: skipped(skip), skip })));
    for (const task of decision.start) this.#ready.add(task);
    this.#startReady();
  }

  #startReady(): void {
    if (this.#paused) return;
    for (const task of this.#ready) {
      if (this.#scopes.size >= MAX_SUPERVISED) return;
      this.#ready.delete(task);
      this.#supervise(task);
    }
  }

  #finish({ task, outcome }: TaskEnd): void {
    this.#ended += 1;
    this.#apply(this.#walk.finish(task, outcome.status));
  }

  /** Sees a task through in a scope of its own, by which it can be stopped. */
  #supervise(task: string): void {
    const scope = new CancellationScope();
    this.#scopes.set(task, scope);
    const finish = (outcome: TaskOutcome) => {
      this.#scopes.delete(task);
      this.#finish({ task, outcome });
    };
    scope
      .run(() => this.#untilEnded(task))
      .then(finish, (error: unknown) => {
        // The activity records every end that it sees; this is one that it did not.
        const outcome = outcomeOfFailure(error);
        this.#record([{ task, outcome }]);
        finish(outcome);
      });
  }

  /** Attempts the task as often as it takes. Which attempt it is stands on record, so a repetition goes on there. */
  async #untilEnded(task: string): Promise<TaskOutcome> {
    for (;;) {
      let end: AttemptEnd;
      try {
        end = await containers.superviseTask({ ...this.#run, task });
      } catch (error) {
        end = await this.#seeThrough(task, error);
      }
      if (end.kind === 'ended') return end.outcome;
      await sleep(end.inMs);
    }
  }

  /** Temporal repeats no activity that was asked to stop, not even for a worker that died of something else. */
  async #seeThrough(task: string, error: unknown): Promise<AttemptEnd> {
    const isStopped = CancellationScope.current().consideredCancelled && !isCancellation(error);
    if (!isStopped || !patched('stopped-tasks-are-seen-through')) throw error;
    return CancellationScope.nonCancellable(() => containers.superviseTask({ ...this.#run, task }));
  }

  /** Keeps how tasks ended that no activity ran for, or whose activity could not. */
  #record(ends: readonly TaskEnd[]): void {
    for (let start = 0; start < ends.length; start += RECORD_BATCH) {
      this.#openRecords += 1;
      void records.completeTasks(this.#run, ends.slice(start, start + RECORD_BATCH)).then(() => {
        this.#openRecords -= 1;
      });
    }
  }
}

function outcomeOfFailure(error: unknown): TaskOutcome {
  if (isCancellation(error)) return cancelled('the run or the task was cancelled');
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return lost(TaskCauseKind.WorkerLost, cause instanceof Error ? cause.message : String(cause));
}
