import { defineSignal } from '@temporalio/workflow';
import { START_RUN_SIGNAL, type SignalledRun, type WatchedEnd } from '../core/extensions.ts';

// The workflow types and the names of signals are part of every history, so they never change.

/** A run of a pipeline. */
export const RUN_WORKFLOW = 'run';

/** An installed extension. */
export const EXTENSION_WORKFLOW = 'extension';

/** A subscription to a built-in extension. */
export const SUBSCRIPTION_WORKFLOW = 'subscription';
/** The workflow type of maintenance; schedules start it. */
export const MAINTENANCE_WORKFLOW = 'maintenance';

/** The report of a run to GitHub. */
export const REPORT_WORKFLOW = 'report';

/** Cancels the whole run. */
export const cancelRunSignal = defineSignal('cancel_run');

/** Cancels the task with the given id. */
export const cancelTaskSignal = defineSignal<[task: string]>('cancel_task');

/** Tells a pending run that it may be its turn. */
export const callForAdmissionSignal = defineSignal('call_for_admission');

/** Tells an extension or a subscription that its record has changed, or may be gone. */
export const changedSignal = defineSignal('changed');

/** Tells an extension that external events have arrived for it. */
export const eventsArrivedSignal = defineSignal('events_arrived');

/** Asks an extension to start a run. */
export const startRunSignal = defineSignal<[run: SignalledRun]>(START_RUN_SIGNAL);

/** Tells a subscription of an external event, by its id. */
export const externalEventSignal = defineSignal<[event: string]>('external_event');

/** Tells a subscription that a run it watches has ended. */
export const watchedEndSignal = defineSignal<[end: WatchedEnd]>('watched_end');

/** Tells a report that its run has ended. */
export const reportedEndSignal = defineSignal('reported_end');
