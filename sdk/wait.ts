import type { RunRef } from '../core/ids.ts';
import type { GoferClient } from './client.ts';
import { patiently } from './patience.ts';
import { Wake } from './wake.ts';
import type { Event, Run } from './wire.ts';

/** How often to look without being told to: rarely with the event stream, often if it is not to be had. */
const POLL_WITH_EVENTS_MS = 5000;
const POLL_WITHOUT_EVENTS_MS = 500;

/**
 * Waits for the end of a run. Events only say when to look: nothing is missed if their stream breaks or is not permitted.
 *
 * @throws the signal's reason when it aborts
 */
export async function waitForRun(gofer: GoferClient, ref: RunRef, signal?: AbortSignal): Promise<Run> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const wake = new Wake();
  let pause = POLL_WITHOUT_EVENTS_MS;
  const listen = async (): Promise<void> => {
    const onOpen = (): void => {
      pause = POLL_WITH_EVENTS_MS;
      wake.ring();
    };
    for await (const event of gofer.followEvents({ signal: either, onOpen })) if (isEndOf(event, ref)) wake.ring();
  };
  void listen()
    .catch(() => undefined)
    .finally(() => {
      pause = POLL_WITHOUT_EVENTS_MS;
      wake.ring();
    });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { run } = await patiently(() => gofer.runs.get(ref), either);
      if (run.state === 'complete') return run;
      await wake.next(pause, either);
    }
  } finally {
    stop.abort();
  }
}

function isEndOf({ kind }: Event, { namespace, pipeline, run }: RunRef): boolean {
  if (!('completed_run' in kind)) return false;
  const { namespace_id, pipeline_id, run_id } = kind.completed_run;
  return namespace_id === namespace && pipeline_id === pipeline && run_id === run;
}
