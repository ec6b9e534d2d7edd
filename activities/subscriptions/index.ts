import { completeReport, createReport } from '../../services/builtin/reports.ts';
import { deliverMessage, giveUpMessage, handleEnd } from '../../services/builtin/run-ends.ts';
import { handleEvent, planSubscription, type BuiltinDependencies } from '../../services/builtin/subscriptions.ts';
import type { SubscriptionActivities } from '../contract.ts';
import { lookAtClock } from './clock.ts';

/** The activities of subscriptions to built-in extensions. */
export function createSubscriptionActivities(deps: BuiltinDependencies): SubscriptionActivities {
  return {
    planSubscription: (ref) => planSubscription(deps, ref),
    handleEvent: (ref, event) => handleEvent(deps, ref, event),
    serveTicks: (extension) => lookAtClock(deps, extension),
    handleEnd: (ref, ended) => handleEnd(deps, ref, ended),
    deliverMessage: (ref, ended, index) => deliverMessage(deps, ref, ended, index),
    giveUpMessage: (ref, ended, why) => giveUpMessage(deps, ref, ended, why),
    createCheck: (reported) => createReport(deps, reported),
    completeCheck: (reported, check) => completeReport(deps, reported, check),
  };
}
