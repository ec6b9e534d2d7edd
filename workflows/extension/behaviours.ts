import { ActivityFailure, CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { SubscriptionPlan } from '../../core/extensions.ts';
import type { RunRef, SubscriptionRef } from '../../core/ids.ts';
import { postman, steps } from './proxies.ts';

/** What a subscription remembers from one history to the next, and from one plan to the next. */
export interface SubscriptionState {
  /** External events that are not dealt with yet, by id. */
  readonly events: string[];
  /** Runs whose ends are not dealt with yet. */
  readonly ends: RunRef[];
  /** Up to which place in the event stream it has heard of ends. */
  endsUntil: number;
}

/** Why a behaviour came to an end: its plan is out of date, or its history has become long. */
export type BehaviourEnd = 'changed' | 'long history';

/** A receiver of messages that is away keeps only so many ends waiting for it. */
const ENDS_AT_ONCE = 20;

type Behaviour<Plan extends SubscriptionPlan> = (
  ref: SubscriptionRef,
  plan: Plan,
  state: SubscriptionState,
  changed: () => boolean,
) => Promise<BehaviourEnd>;

type ActivePlan = Exclude<SubscriptionPlan, { readonly kind: 'gone' }>;

const BEHAVIOURS: { readonly [Kind in ActivePlan['kind']]: Behaviour<Extract<ActivePlan, { readonly kind: Kind }>> } = {
  async idle(_ref, _plan, state, changed) {
    state.events.length = 0;
    state.ends.length = 0;
    await condition(() => changed() || historyIsLong());
    return changed() ? 'changed' : 'long history';
  },

  async events(ref, _plan, state, changed) {
    for (;;) {
      await condition(() => state.events.length > 0 || changed() || historyIsLong());
      if (changed()) return 'changed';
      if (historyIsLong()) return 'long history';
      const [event] = state.events;
      if (event !== undefined) await steps.handleEvent(ref, event);
      // Only now: a plan that changes in between must not lose it.
      state.events.shift();
    }
  },

  // The clock is looked at for all subscriptions of the extension together: a timer for each would cost Temporal three
  // writes a tick, and with thousands of them all that it has.
  async ticks(_ref, _plan, _state, changed) {
    await condition(() => changed() || historyIsLong());
    return changed() ? 'changed' : 'long history';
  },

  async runs(ref, _plan, state, changed) {
    const scope = new CancellationScope();
    const underway = new Map<RunRef, Promise<void>>();
    const waiting = () => state.ends.slice(0, ENDS_AT_ONCE).filter((end) => !underway.has(end));
    while (!changed() && !historyIsLong()) {
      for (const end of waiting())
        underway.set(
          end,
          scope.run(() => actOn(ref, end, state.ends)),
        );
      await condition(() => changed() || historyIsLong() || waiting().length > 0);
    }
    // What was not done yet is still in the list: a message that waits for its next try is not waited for.
    scope.cancel();
    await Promise.allSettled(underway.values());
    return changed() ? 'changed' : 'long history';
  },
};

async function actOn(ref: SubscriptionRef, end: RunRef, ends: RunRef[]): Promise<void> {
  const messages = await steps.handleEnd(ref, end);
  await Promise.all(Array.from({ length: messages }, (_, index) => deliver(ref, end, index)));
  ends.splice(ends.indexOf(end), 1);
}

async function deliver(ref: SubscriptionRef, end: RunRef, index: number): Promise<void> {
  try {
    await postman.deliverMessage(ref, end, index);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    await steps.giveUpMessage(ref, end, error.cause?.message ?? error.message);
  }
}

/** Does what the plan says until it is out of date. */
export function behave<Kind extends ActivePlan['kind']>(
  ref: SubscriptionRef,
  plan: Extract<ActivePlan, { readonly kind: Kind }>,
  state: SubscriptionState,
  changed: () => boolean,
): Promise<BehaviourEnd> {
  return BEHAVIOURS[plan.kind as Kind](ref, plan, state, changed);
}

/** Whether it is time for a new history. */
export function historyIsLong(): boolean {
  return workflowInfo().continueAsNewSuggested;
}
