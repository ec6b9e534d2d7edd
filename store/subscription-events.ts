import type { SubscriptionRef } from '../core/ids.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './client.ts';
import { recordEvents } from './events.ts';

/** The fields by which events name a subscription. */
export function subscriptionFields(ref: SubscriptionRef) {
  return {
    namespace_id: ref.namespace,
    pipeline_id: ref.pipeline,
    extension_id: ref.extension,
    subscription_id: ref.subscription,
  };
}

/** Writes the events of subscriptions that are about to be deleted along with what they belong to. */
export async function recordUnregistrations(tx: Database, where: Prisma.SubscriptionWhereInput): Promise<void> {
  const rows = await tx.subscription.findMany({ where });
  const kinds = rows.map((row) => ({
    pipeline_extension_subscription_unregistered: subscriptionFields({
      namespace: row.namespaceId,
      pipeline: row.pipelineId,
      extension: row.extensionId,
      subscription: row.subscriptionId,
    }),
  }));
  if (kinds.length > 0) await recordEvents(tx, kinds);
}
