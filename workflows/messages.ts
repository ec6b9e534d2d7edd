import { defineSignal } from '@temporalio/workflow';

/** The workflow type of a run. It is part of every history, so it never changes. */
export const RUN_WORKFLOW = 'run';

/** Cancels the whole run. */
export const cancelRunSignal = defineSignal('cancel_run');

/** Cancels the task with the given id. */
export const cancelTaskSignal = defineSignal<[task: string]>('cancel_task');

/** Tells a pending run that it may be its turn. */
export const callForAdmissionSignal = defineSignal('call_for_admission');
