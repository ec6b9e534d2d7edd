import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { Event, Run, TaskExecution } from '../../sdk/wire.ts';
import { createDeferred } from './deferred.ts';
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

/**
 * Looks at a run until it has ended, or `signal` aborts, and gives back what it saw last. Events only say when to look, so
 * that nothing is missed when the event stream is late, breaks or is not permitted.
 */
export async function watchRun(
  gofer: GoferClient,
  ref: RunRef,
  look: (run: Run, executions: readonly TaskExecution[]) => void,
  signal: AbortSignal,
): Promise<Run> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const wake = new Wake();
  const events = await watchEvents(gofer, ref, wake, either);
  try {
    for (;;) {
      const began = performance.now();
      const { run } = await patiently(() => gofer.runs.get(ref), either);
      const { task_executions } = await patiently(() => gofer.tasks.list(ref), either);
      look(run, task_executions);
      if (run.state === 'complete' || signal.aborted) return run;
      const looked = performance.now() - began;
      const pause = Math.min(POLL_WITH_EVENTS_MS, Math.max(MIN_PAUSE_MS, PAUSE_PER_LOOK * looked));
      await wake.next(events.open ? POLL_WITH_EVENTS_MS : POLL_WITHOUT_EVENTS_MS, either);
      await sleep(pause, undefined, { signal: either }).catch(() => undefined);
      if (signal.aborted) return run;
    }
  } finally {
    stop.abort();
  }
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

/** Whether an event is about a run, or about a task of it. */
export function concerns(event: Event, ref: RunRef): boolean {
  return Object.values(event.kind).some(
    (fields: Record<string, unknown>) =>
      fields['run_id'] === ref.run &&
      fields['pipeline_id'] === ref.pipeline &&
      fields['namespace_id'] === ref.namespace,
  );
}
