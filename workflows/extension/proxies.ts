import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { tickQueue } from '../../core/extensions.ts';
import type { ExtensionActivities, SubscriptionActivities } from '../../activities/contract.ts';

/** Records and messages: short and repeatable, tried until they succeed. */
export const steps = proxyActivities<
  Omit<ExtensionActivities, 'superviseExtension'> &
    Pick<SubscriptionActivities, 'planSubscription' | 'handleEvent' | 'handleEnd' | 'giveUpMessage'>
>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Containers: as for those of tasks, whoever supervises one has to be heard of. */
export const supervisor = proxyActivities<Pick<ExtensionActivities, 'superviseExtension'>>({
  startToCloseTimeout: '3650 days',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500 milliseconds', maximumInterval: '15 seconds' },
});

/** Messages to the world outside, which may be away for a while: tried for about an hour. */
export const postman = proxyActivities<Pick<SubscriptionActivities, 'deliverMessage'>>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '2 seconds', maximumInterval: '5 minutes', maximumAttempts: 20 },
});

/** GitHub: tried for about a day. */
export const reporter = proxyActivities<Pick<SubscriptionActivities, 'createCheck' | 'completeCheck'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '10 minutes', maximumAttempts: 150 },
});

/**
 * Who looks at the clock does so all the time, on a queue of its own, where no ordinary work is before it. After a short
 * silence another worker takes over; nobody waits for one that is cancelled, because what it does is repeatable.
 */
export function ticker(): Pick<SubscriptionActivities, 'serveTicks'> {
  return proxyActivities<Pick<SubscriptionActivities, 'serveTicks'>>({
    taskQueue: tickQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '3650 days',
    heartbeatTimeout: '6 seconds',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
  });
}
