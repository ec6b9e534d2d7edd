import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ExtensionActivities } from '../../activities/contract.ts';

/** Records and messages: short and repeatable, tried until they succeed. */
export const steps = proxyActivities<Omit<ExtensionActivities, 'superviseExtension'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Containers: as for those of tasks, whoever supervises one has to be heard of, and stops it when this is cancelled. */
export const supervisor = proxyActivities<Pick<ExtensionActivities, 'superviseExtension'>>({
  startToCloseTimeout: '3650 days',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500 milliseconds', maximumInterval: '15 seconds' },
});
