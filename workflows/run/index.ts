import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { RunRef } from '../../core/ids.ts';
import type { RunOutcome } from '../../core/states.ts';
import { runOutcome } from '../../core/outcomes.ts';
import { records } from '../activities.ts';
import { cancelRunSignal, cancelTaskSignal } from '../messages.ts';
import { RunExecution } from './execution.ts';

/**
 * One run of a pipeline: walks its graph, has each task supervised, and records how it all ended. Returns the outcome
 * only for people who look at the workflow; the records have it.
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
    const { tasks } = await records.beginRun(ref);
    execution = new RunExecution(ref, tasks);
    if (cancelRequested) execution.cancelAll();
    else execution.begin();
    await condition(() => execution?.idle === true);

    const outcome = runOutcome(ref, execution.ended, cancelRequested);
    await records.completeRun(ref, outcome);
    return outcome;
  });
}
