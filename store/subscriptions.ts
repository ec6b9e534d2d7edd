import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { PrismaClient, Subscription as SubscriptionRow } from '../generated/prisma/client.ts';
import type { Subscription, SubscriptionStatusReason } from '../sdk/wire.ts';
import { fromJson, toJson, type Database } from './client.ts';
import { isUniqueViolation } from './errors.ts';
import { recordEvent } from './events.ts';
import { findExtension } from './extensions.ts';
import { getPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';

/** Names a subscription. */
export interface SubscriptionRef extends PipelineRef {
  readonly extension: string;
  readonly subscription: string;
}

function rowKey(ref: SubscriptionRef) {
  return { ...pipelineKey(ref), extensionId: ref.extension, subscriptionId: ref.subscription };
}

function eventFields(ref: SubscriptionRef) {
  return {
    namespace_id: ref.namespace,
    pipeline_id: ref.pipeline,
    extension_id: ref.extension,
    subscription_id: ref.subscription,
  };
}

/** By extension, then by id. */
export async function listSubscriptions(db: Database, ref: PipelineRef): Promise<Subscription[]> {
  const rows = await db.subscription.findMany({
    where: pipelineKey(ref),
    orderBy: [{ extensionId: 'asc' }, { subscriptionId: 'asc' }],
  });
  return rows.map(toSubscription);
}

export async function listExtensionSubscriptions(db: Database, extension: string): Promise<Subscription[]> {
  const rows = await db.subscription.findMany({
    where: { extensionId: extension },
    orderBy: [{ namespaceId: 'asc' }, { pipelineId: 'asc' }, { subscriptionId: 'asc' }],
  });
  return rows.map(toSubscription);
}

export async function getSubscription(db: Database, ref: SubscriptionRef): Promise<Subscription> {
  return toSubscription(await findSubscription(db, ref));
}

/** @throws GoferError `not_found` for pipeline or extension, `conflict` if it exists or the extension is disabled */
export async function createSubscription(
  db: PrismaClient,
  ref: SubscriptionRef,
  settings: Readonly<Record<string, string>>,
): Promise<Subscription> {
  try {
    return await db.$transaction(async (tx) => {
      await getPipeline(tx, ref);
      const extension = await findExtension(tx, ref.extension);
      if (extension.status !== 'enabled') {
        throw new GoferError(ErrorKind.Conflict, `extension '${ref.extension}' is ${extension.status}`);
      }
      const row = await tx.subscription.create({ data: { ...rowKey(ref), settings: toJson(settings) } });
      await recordEvent(tx, { pipeline_extension_subscription_registered: eventFields(ref) });
      return toSubscription(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GoferError(ErrorKind.Conflict, `subscription '${ref.subscription}' exists already`);
  }
}

export async function setSubscriptionStatus(
  db: Database,
  ref: SubscriptionRef,
  status: 'active' | 'disabled',
): Promise<void> {
  await findSubscription(db, ref);
  await db.subscription.updateMany({ where: rowKey(ref), data: { status, reason: null, description: null } });
}

export async function deleteSubscription(db: PrismaClient, ref: SubscriptionRef): Promise<void> {
  await db.$transaction(async (tx) => {
    await findSubscription(tx, ref);
    await tx.subscription.deleteMany({ where: rowKey(ref) });
    await recordEvent(tx, { pipeline_extension_subscription_unregistered: eventFields(ref) });
  });
}

async function findSubscription(db: Database, ref: SubscriptionRef): Promise<SubscriptionRow> {
  const row = await db.subscription.findFirst({ where: rowKey(ref) });
  if (!row) throw notFound('subscription', `${ref.namespace}/${ref.pipeline}/${ref.extension}/${ref.subscription}`);
  return row;
}

function toSubscription(row: SubscriptionRow): Subscription {
  return {
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    extension_id: row.extensionId,
    subscription_id: row.subscriptionId,
    settings: fromJson<Record<string, string>>(row.settings),
    status: row.status as Subscription['status'],
    status_reason: row.reason
      ? { reason: row.reason as SubscriptionStatusReason['reason'], description: row.description ?? '' }
      : null,
  };
}
