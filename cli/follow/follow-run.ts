import type { RunRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { Run, TaskExecution } from '../../sdk/wire.ts';
import { createDeferred, type Deferred } from './deferred.ts';
import { type FollowReport, followTask } from './follow-task.ts';
import { createLimit } from './limit.ts';
import { watchRun } from './watch-run.ts';

const MAX_OPEN_LOGS = 64;

export interface RunReport extends FollowReport {
  runChanged(run: Run): void;
}

/** Shows a run until it has ended and gives it back as it ended. */
export async function followRun(gofer: GoferClient, ref: RunRef, report: RunReport, signal: AbortSignal): Promise<Run> {
  const stop = new AbortController();
  const tasks = new TaskFollowers(gofer, ref, report, AbortSignal.any([signal, stop.signal]));
  let last = '';
  const look = (run: Run, executions: readonly TaskExecution[]): void => {
    const seen = `${run.state} ${run.detail?.message ?? ''}`;
    if (seen !== last && isNews(run)) report.runChanged(run);
    last = seen;
    tasks.update(executions);
  };
  try {
    const run = await watchRun(gofer, ref, look, signal);
    if (!signal.aborted) await tasks.finished();
    return run;
  } finally {
    stop.abort();
  }
}

/** The end is told by the caller; being pending is only worth a line if the run waits for something. */
function isNews({ state, detail }: Run): boolean {
  return state === 'running' || (state === 'pending' && detail?.message !== undefined);
}

/** Follows each task in its own time, from when it has started, or has ended without starting. */
class TaskFollowers {
  readonly #gofer: GoferClient;
  readonly #ref: RunRef;
  readonly #report: FollowReport;
  readonly #signal: AbortSignal;
  readonly #limit = createLimit(MAX_OPEN_LOGS);
  readonly #running = new Map<string, Promise<void>>();
  readonly #ended = new Map<string, Deferred<TaskExecution>>();

  constructor(gofer: GoferClient, ref: RunRef, report: FollowReport, signal: AbortSignal) {
    this.#gofer = gofer;
    this.#ref = ref;
    this.#report = report;
    this.#signal = signal;
  }

  update(executions: readonly TaskExecution[]): void {
    for (const execution of [...executions].sort(byTime)) {
      const isComplete = execution.state === 'complete';
      if (execution.started > 0 || isComplete) this.#follow(execution);
      if (isComplete) this.#ended.get(execution.task_id)?.resolve(execution);
    }
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #follow(execution: TaskExecution): void {
    const id = execution.task_id;
    if (this.#running.has(id)) return;
    const ended = createDeferred<TaskExecution>();
    this.#ended.set(id, ended);
    this.#running.set(
      id,
      this.#limit(() => followTask(this.#gofer, this.#ref, execution, ended.promise, this.#report, this.#signal)),
    );
  }
}

function byTime(one: TaskExecution, other: TaskExecution): number {
  return (one.started || one.ended) - (other.started || other.ended);
}
