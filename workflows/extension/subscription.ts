import { continueAsNew, setHandler } from '@temporalio/workflow';
import type { SubscriptionRef } from '../../core/ids.ts';
import { changedSignal, externalEventSignal, watchedEndSignal } from '../messages.ts';
import { behave, type SubscriptionState } from './behaviours.ts';
import { steps } from './proxies.ts';

/**
 * A subscription to a built-in extension: starts runs at their times or on external events, for as long as its record is
 * there. What it has to remember goes from one history to the next in `carried`.
 */
export async function subscription(ref: SubscriptionRef, carried?: SubscriptionState): Promise<void> {
  const state: SubscriptionState = carried ?? { events: [], ends: [], endsUntil: 0 };
  let changes = 0;
  setHandler(changedSignal, () => {
    changes += 1;
  });
  setHandler(externalEventSignal, (event) => {
    state.events.push(event);
  });
  setHandler(watchedEndSignal, (end) => {
    // Whoever died after telling tells it again.
    if (end.position <= state.endsUntil) return;
    state.ends.push(end.run);
    state.endsUntil = end.position;
  });

  for (;;) {
    const seen = changes;
    const plan = await steps.planSubscription(ref);
    if (plan.kind === 'gone') {
      // Whoever subscribed again meanwhile has said so; that must not end with this.
      if (changes === seen) return;
      continue;
    }
    const why = await behave(ref, plan, state, () => changes > seen);
    if (why === 'long history') await continueAsNew<typeof subscription>(ref, state);
  }
}
