import { condition, workflowInfo } from '@temporalio/workflow';
import type { SubscriptionPlan } from '../../core/extensions.ts';
import type { SubscriptionRef } from '../../core/ids.ts';
import { steps } from './proxies.ts';

/** What a subscription remembers from one history to the next, and from one plan to the next. */
export interface SubscriptionState {
  /** External events that are not dealt with yet, by id. */
  readonly events: string[];
  /** Up to which nominal time, in ms since the epoch, its ticks are dealt with; nothing before the first plan. */
  ticksUntil?: number;
}

/** Why a behaviour came to an end: its plan is out of date, or its history has become long. */
export type BehaviourEnd = 'changed' | 'long history';

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
};

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
