import { invalid } from '../../core/errors.ts';
import type { SubscriptionRef } from '../../core/ids.ts';
import {
  createSubscription,
  deleteSubscription,
  updateSubscription,
  type SubscriptionDependencies,
} from '../../services/subscriptions.ts';
import { describeSubscription, requireMayWatch, withLastRuns } from '../../services/builtin/outlook.ts';
import { listSubscriptions } from '../../store/subscriptions.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers } from '../handlers.ts';
import { pipelineOf } from './refs.ts';

export function subscriptionHandlers(deps: SubscriptionDependencies) {
  const { db } = deps;
  return {
    list_subscriptions: async ({ path }, { caller }) => ({
      status: 200,
      body: { subscriptions: await withLastRuns(db, caller, await listSubscriptions(db, pipelineOf(path))) },
    }),

    create_subscription: async ({ path, body }, { caller }) => {
      requireStorable(body);
      const { extension_id: extension, subscription_id: subscription, settings } = body;
      const ref = { ...pipelineOf(path), extension, subscription };
      await requireMayWatch(deps, caller, ref, settings);
      return { status: 201, body: { subscription: await createSubscription(deps, ref, settings) } };
    },

    get_subscription: async ({ path }, { caller }) => {
      const described = await describeSubscription(deps, subscriptionOf(path));
      const [subscription = described] = await withLastRuns(db, caller, [described]);
      return { status: 200, body: { subscription } };
    },

    update_subscription: async ({ path, body: { status, settings } }, { caller }) => {
      if (status !== 'active' && status !== 'disabled') {
        const problem = { path: 'status', value: status, message: "must be 'active' or 'disabled'" };
        throw invalid('the subscription is not valid', [problem]);
      }
      const ref = subscriptionOf(path);
      if (settings) {
        requireStorable(settings);
        await requireMayWatch(deps, caller, ref, settings);
      }
      await updateSubscription(deps, ref, status, settings);
      return { status: 204 };
    },

    delete_subscription: async ({ path }) => {
      await deleteSubscription(deps, subscriptionOf(path));
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}

function subscriptionOf(path: {
  readonly namespace_id: string;
  readonly pipeline_id: string;
  readonly extension_id: string;
  readonly subscription_id: string;
}): SubscriptionRef {
  return { ...pipelineOf(path), extension: path.extension_id, subscription: path.subscription_id };
}
