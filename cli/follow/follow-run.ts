import type { RunRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { Event, Run, TaskExecution } from '../../sdk/wire.ts';
import { createDeferred, type Deferred } from './deferred.ts';
import { type FollowReport, followTask } from './follow-task.ts';
import { createLimit } from './limit.ts';
import { patiently } from '../../sdk/patience.ts';
import { Wake } from '../../sdk/wake.ts';

/** How often to look without being told to: rarely with the event stream, often if it is not to be had. */
const POLL_WITH_EVENTS_MS = 5000;
const POLL_WITHOUT_EVENTS_MS = 500;
/** The least time between two looks, so that a run of many tasks does not cause a request per event. */
const MIN_PAUSE_MS = 100;
/** How many times as long as a look the pause after it is at least: a look at 10,000 tasks is not cheap. */
const PAUSE_PER_LOOK = 4;
const OPEN_TIMEOUT_MS = 3000;
const MAX_OPEN_LOGS = 64;

export interface RunReport extends FollowReport {
  runChanged(run: Run): void;
}

/**
 * Shows a run until it has ended and gives it back as it ended. Events only say when to look; what is shown is what the
 * API answers, so that nothing is missed when the event stream is late, breaks or is not permitted.
 */
export async function followRun(gofer: GoferClient, ref: RunRef, report: RunReport, signal: AbortSignal): Promise<Run> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const wake = new Wake();
  const events = await watchEvents(gofer, ref, wake, either);
  const tasks = new TaskFollowers(gofer, ref, report, either);
  try {
    let last = '';
    for (;;) {
      const began = performance.now();
      const { run } = await patiently(() => gofer.runs.get(ref), either);
      const seen = `${run.state} ${run.detail?.message ?? ''}`;
      if (seen !== last && isNews(run)) report.runChanged(run);
      last = seen;
      const { task_executions } = await patiently(() => gofer.tasks.list(ref), either);
      tasks.update(task_executions);
      if (run.state === 'complete' || signal.aborted) {
        await tasks.finished();
        return run;
      }
      const looked = performance.now() - began;
      const pause = Math.min(POLL_WITH_EVENTS_MS, Math.max(MIN_PAUSE_MS, PAUSE_PER_LOOK * looked));
      await wake.next(events.open ? POLL_WITH_EVENTS_MS : POLL_WITHOUT_EVENTS_MS, either);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
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
    if (!this.#signal.aborted) await Promise.all(this.#running.values());
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

/** Rings for every event of the run. Resolves when the stream is open or cannot be had. */
async function watchEvents(
  gofer: GoferClient,
  ref: RunRef,
  wake: Wake,
  signal: AbortSignal,
): Promise<{ readonly open: boolean }> {
  const state = { open: false };
  const ready = createDeferred<void>();
  const timer = setTimeout(() => ready.resolve(), OPEN_TIMEOUT_MS);
  const onOpen = (): void => {
    state.open = true;
    ready.resolve();
  };
  const watch = async (): Promise<void> => {
    for await (const event of gofer.followEvents({ signal, onOpen })) if (concerns(event, ref)) wake.ring();
  };
  void watch()
    .catch(() => undefined)
    .finally(() => {
      state.open = false;
      ready.resolve();
      wake.ring();
    });
  await ready.promise;
  clearTimeout(timer);
  return state;
}

function concerns(event: Event, ref: RunRef): boolean {
  return Object.values(event.kind).some(
    (fields: Record<string, unknown>) =>
      fields['run_id'] === ref.run &&
      fields['pipeline_id'] === ref.pipeline &&
      fields['namespace_id'] === ref.namespace,
  );
}
