import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { MaintenanceActivities, RunActivities } from '../activities/contract.ts';

/** Records: short and repeatable, tried until they succeed, because a run must never lose its end. */
export const records = proxyActivities<
  Pick<RunActivities, 'beginRun' | 'readGraph' | 'completeTasks' | 'stopRun' | 'completeRun'>
>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/**
 * The records with which every run begins and ends. They are made where the workflow is, which spares Temporal half of its
 * work for a short run.
 */
export const localRecords = proxyLocalActivities<Pick<RunActivities, 'beginRun' | 'completeRun'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  localRetryThreshold: '10 seconds',
});

/**
 * Containers: they may run for as long as they like, but whoever supervises one has to be heard of. After a silence the
 * task goes to another worker, which finds the container by its labels. A cancelled one is over when its supervisor says
 * so; the type is spelled out because leaving it out means TRY_CANCEL, whatever the documentation of its default says.
 */
export const containers = proxyActivities<Pick<RunActivities, 'superviseTask'>>({
  startToCloseTimeout: '365 days',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500 milliseconds', maximumInterval: '15 seconds', maximumAttempts: 500 },
});

/** Maintenance: a batch that fails is left to the next time. */
export const chores = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 5 },
});
