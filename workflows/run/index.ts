import {
  CancellationScope,
  condition,
  continueAsNew,
  patched,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { decodeGraph, type GraphTask } from '../../core/graph.ts';
import type { RunRef } from '../../core/ids.ts';
import type { RunOutcome } from '../../core/states.ts';
import { callForAdmissionSignal, cancelRunSignal, cancelTaskSignal } from '../messages.ts';
import { localRecords, records } from '../proxies.ts';
import { goferStatus } from '../search-attributes.ts';
import { RunExecution } from './execution.ts';

/** How long a pending run relies on being called; only a call lost with a crashed server needs this. */
const RECHECK_INTERVAL = '1 minute';

/** How many tasks have to end before a run goes on in a new history, so that it never does nothing but that. */
const TASKS_PER_HISTORY = 100;

/** What a run hands to its next history; all else is on record. */
interface Handover {
  readonly stopped: boolean;
  /** See `BegunRun`. */
  readonly deadline?: number;
}

/**
 * One run of a pipeline: waits for its turn, walks its graph, has each task supervised, and records how it all ended.
 * Returns the outcome only for people who look at the workflow; the records have it.
 */
export async function run(ref: RunRef, handover?: Handover): Promise<RunOutcome> {
  const stop = { requested: handover?.stopped ?? false };
  const taskCancellations: string[] = [];
  let execution: RunExecution | undefined;
  const cancel = () => {
    stop.requested = true;
    execution?.cancelAll();
  };
  setHandler(cancelRunSignal, cancel);
  setHandler(cancelTaskSignal, (task) => {
    if (execution) execution.cancelTask(task);
    else taskCancellations.push(task);
  });
  const stopItself = (why: 'cancelled' | 'timed_out') => records.stopRun(ref, why).then(cancel);
  // Somebody may also cancel the workflow itself, for example in the Temporal UI. The run still ends in order.
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => stopItself('cancelled')),
  );

  return CancellationScope.nonCancellable(async () => {
    const { tasks, deadline } = handover
      ? { tasks: decodeGraph(await records.readGraph(ref)), deadline: handover.deadline }
      : await waitForAdmission(ref, () => stop.requested, cancel);
    execution = new RunExecution(ref, tasks);
    // In a run that was handed over, containers may be running: their supervisors find on record that they are to stop.
    if (handover || !stop.requested) execution.begin();
    if (stop.requested) execution.cancelWaiting();
    for (const task of taskCancellations) execution.cancelTask(task);

    const clock = new CancellationScope();
    if (deadline !== undefined && !stop.requested)
      void clock.run(() => ringAt(deadline, () => stopItself('timed_out')));
    await untilIdle(execution, () =>
      continueAsNew<typeof run>(ref, { stopped: stop.requested, ...(deadline !== undefined && { deadline }) }),
    );
    clock.cancel();

    const outcome = await keeper().completeRun(ref);
    upsertSearchAttributes([{ key: goferStatus, value: outcome.status }]);
    return outcome;
  });
}

/** Who keeps the records with which the run begins and ends. */
function keeper(): Pick<typeof records, 'beginRun' | 'completeRun'> {
  return patched('runs-begin-and-end-locally') ? localRecords : records;
}

/** Resolves when every task has ended and is recorded. Before the history gets too long it calls `continueInNewHistory`. */
async function untilIdle(execution: RunExecution, continueInNewHistory: () => Promise<never>): Promise<void> {
  const mustContinue = () => workflowInfo().continueAsNewSuggested && execution.endedCount >= TASKS_PER_HISTORY;
  await condition(() => execution.idle || mustContinue());
  if (execution.idle) return;
  // Supervisors of running containers may be left: the tasks are found on record, and taken over by new ones.
  execution.pause();
  await condition(() => execution.recorded);
  if (!execution.idle) await continueInNewHistory();
}

/** Does something at a time, given in milliseconds since the epoch. Cancelling its scope calls it off. */
async function ringAt(time: number, action: () => Promise<void>): Promise<void> {
  try {
    await sleep(Math.max(0, time - Date.now()));
  } catch {
    return;
  }
  await CancellationScope.nonCancellable(action);
}

/** Resolves with the run's tasks when it may run; with none if it is cancelled before that. */
async function waitForAdmission(
  ref: RunRef,
  isCancelled: () => boolean,
  cancel: () => void,
): Promise<{ tasks: readonly GraphTask[]; deadline?: number | undefined }> {
  let calls = 0;
  setHandler(callForAdmissionSignal, () => {
    calls += 1;
  });
  while (!isCancelled()) {
    const heard = calls;
    const begun = await keeper().beginRun(ref);
    if (begun.admitted) return { tasks: decodeGraph(begun.graph), deadline: begun.deadline };
    // The request is on record, but the signal that tells of it may have been lost with its sender.
    if (begun.cancelRequested) cancel();
    await condition(() => calls > heard || isCancelled(), RECHECK_INTERVAL);
  }
  return { tasks: [] };
}
