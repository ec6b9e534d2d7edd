import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { GraphTask } from '../../core/graph.ts';
import type { RunRef } from '../../core/ids.ts';
import type { RunOutcome } from '../../core/states.ts';
import { runOutcome } from '../../core/outcomes.ts';
import { records } from '../proxies.ts';
import { callForAdmissionSignal, cancelRunSignal, cancelTaskSignal } from '../messages.ts';
import { RunExecution } from './execution.ts';

/** How long a pending run relies on being called; only a call lost with a crashed server needs this. */
const RECHECK_INTERVAL = '1 minute';

/**
 * One run of a pipeline: waits for its turn, walks its graph, has each task supervised, and records how it all ended.
 * Returns the outcome only for people who look at the workflow; the records have it.
 */
export async function run(ref: RunRef): Promise<RunOutcome> {
  let cancelRequested = false;
  let execution: RunExecution | undefined;
  const cancel = () => {
    cancelRequested = true;
    execution?.cancelAll();
  };
  setHandler(cancelRunSignal, cancel);
  setHandler(cancelTaskSignal, (task) => execution?.cancelTask(task));
  // Somebody may also cancel the workflow itself, for example in the Temporal UI. The run still ends in order.
  CancellationScope.current().cancelRequested.catch(cancel);

  return CancellationScope.nonCancellable(async () => {
    const tasks = await waitForAdmission(ref, () => cancelRequested, cancel);
    execution = new RunExecution(ref, tasks);
    if (cancelRequested) execution.cancelAll();
    else execution.begin();
    await condition(() => execution?.idle === true);

    const outcome = runOutcome(ref, execution.ended, cancelRequested);
    await records.completeRun(ref, outcome);
    return outcome;
  });
}

/** Resolves with the run's tasks when it may run; with none if it is cancelled before that. */
async function waitForAdmission(
  ref: RunRef,
  isCancelled: () => boolean,
  cancel: () => void,
): Promise<readonly GraphTask[]> {
  let calls = 0;
  setHandler(callForAdmissionSignal, () => {
    calls += 1;
  });
  while (!isCancelled()) {
    const heard = calls;
    const begun = await records.beginRun(ref);
    if (begun.admitted) return begun.tasks;
    // The request is on record, but the signal that tells of it may have been lost with its sender.
    if (begun.cancelRequested) cancel();
    await condition(() => calls > heard || isCancelled(), RECHECK_INTERVAL);
  }
  return [];
}
