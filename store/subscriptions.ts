import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import { subscriptionKey, type SubscriptionRef } from '../core/ids.ts';
import type { PrismaClient, Subscription as SubscriptionRow } from '../generated/prisma/client.ts';
import type { Subscription, SubscriptionStatusReason } from '../sdk/wire.ts';
import { fromJson, toJson, toMillis, type Database } from './client.ts';
import { isUniqueViolation } from './errors.ts';
import { recordEvent } from './events.ts';
import { findExtension, toExtensionRecord, type ExtensionRecord } from './extensions.ts';
import { getPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';
import { subscriptionFields } from './subscription-events.ts';

/** The primary key of a subscription, as Prisma wants it. */
export function subscriptionRowKey(ref: SubscriptionRef) {
  return { ...pipelineKey(ref), extensionId: ref.extension, subscriptionId: ref.subscription };
}

/** The subscription that an object of the wire is about. */
export function refOf(subscription: Subscription): SubscriptionRef {
  return {
    namespace: subscription.namespace_id,
    pipeline: subscription.pipeline_id,
    extension: subscription.extension_id,
    subscription: subscription.subscription_id,
  };
}

/** All that is stored about a subscription. */
export interface SubscriptionRecord {
  readonly ref: SubscriptionRef;
  readonly settings: Readonly<Record<string, string>>;
  readonly status: Subscription['status'];
  /** When it was made, in ms since the epoch. */
  readonly since: number;
  /** What it tells people, although it is active: why its last run was not started. */
  readonly note: string | null;
}

/** A subscription together with its extension; nothing if it is gone. */
export async function findSubscribed(
  db: Database,
  ref: SubscriptionRef,
): Promise<{ readonly subscription: SubscriptionRecord; readonly extension: ExtensionRecord } | undefined> {
  const row = await db.subscription.findFirst({ where: subscriptionRowKey(ref), include: { extension: true } });
  return row ? { subscription: toSubscriptionRecord(row), extension: toExtensionRecord(row.extension) } : undefined;
}

/** The active subscriptions of an extension. */
export async function listSubscribed(db: Database, extension: string): Promise<readonly SubscriptionRecord[]> {
  return (await db.subscription.findMany({ where: { extensionId: extension, status: 'active' } })).map(
    toSubscriptionRecord,
  );
}

/** Subscriptions whose workflow or container may not know of their last change; of one extension, or of a kind of images. */
export async function listUndispatchedSubscriptions(
  db: Database,
  filter: { readonly extension?: string; readonly imagePrefix?: string },
  limit: number,
): Promise<readonly SubscriptionRecord[]> {
  const { extension, imagePrefix } = filter;
  const rows = await db.subscription.findMany({
    where: {
      dispatched: null,
      ...(extension !== undefined && { extensionId: extension }),
      ...(imagePrefix !== undefined && { extension: { image: { startsWith: imagePrefix } } }),
    },
    orderBy: { created: 'asc' },
    take: limit,
  });
  return rows.map(toSubscriptionRecord);
}

/**
 * Notes that a subscription's workflow or container knows of its last change. With `startId` only if its container is
 * still that one.
 */
export async function markSubscriptionDispatched(
  db: Database,
  ref: SubscriptionRef,
  startId?: string | null,
): Promise<void> {
  const where = { ...subscriptionRowKey(ref), ...(startId !== undefined && { extension: { startId } }) };
  await db.subscription.updateMany({ where, data: { dispatched: new Date() } });
}

/** Notes that a container knows all that were active when it asked for them, if it still is the one that did. */
export async function markSubscriptionsListed(
  db: Database,
  extension: string,
  startId: string | null,
  asked: Date,
): Promise<void> {
  await db.subscription.updateMany({
    where: { extensionId: extension, status: 'active', created: { lte: asked }, extension: { startId } },
    data: { dispatched: new Date() },
  });
}

/** Notes that nobody may know of the subscriptions of an extension. */
export async function markSubscriptionsUndispatched(db: Database, extension: string): Promise<void> {
  await db.subscription.updateMany({ where: { extensionId: extension }, data: { dispatched: null } });
}

/** Notes that a subscription cannot be served as it is, and why. */
export async function markSubscriptionRefused(db: Database, ref: SubscriptionRef, why: string): Promise<void> {
  const data = { status: 'error', reason: 'failed', description: why, dispatched: new Date() };
  await db.subscription.updateMany({ where: { ...subscriptionRowKey(ref), status: { not: 'disabled' } }, data });
}

/** Leaves a note on a subscription, which stays as it is, or takes it away; writes nothing if it is there already. */
export async function noteOnSubscription(
  db: Database,
  ref: SubscriptionRef,
  note: SubscriptionStatusReason | undefined,
): Promise<void> {
  const description = note?.description ?? null;
  const other =
    description === null
      ? { description: { not: null } }
      : { OR: [{ description: null }, { description: { not: description } }] };
  await db.subscription.updateMany({
    where: { ...subscriptionRowKey(ref), status: 'active', ...other },
    data: { reason: note?.reason ?? null, description },
  });
}

/** By extension, then by id. */
export async function listSubscriptions(db: Database, ref: PipelineRef): Promise<Subscription[]> {
  const rows = await db.subscription.findMany({
    where: pipelineKey(ref),
    orderBy: [{ extensionId: 'asc' }, { subscriptionId: 'asc' }],
  });
  return rows.map(toSubscription);
}

/** Of a namespace, or of one of its pipelines. */
export async function listSubscriptionRefs(
  db: Database,
  namespace: string,
  pipeline?: string,
): Promise<readonly SubscriptionRef[]> {
  const where = { namespaceId: namespace, ...(pipeline !== undefined && { pipelineId: pipeline }) };
  return (await db.subscription.findMany({ where })).map((row) => toSubscriptionRecord(row).ref);
}

/** All of an extension. */
export async function listExtensionRefs(db: Database, extension: string): Promise<readonly SubscriptionRef[]> {
  return (await db.subscription.findMany({ where: { extensionId: extension } })).map(
    (row) => toSubscriptionRecord(row).ref,
  );
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

/** @throws GoferError `conflict` */
export async function refuseDuplicate(db: Database, ref: SubscriptionRef): Promise<void> {
  if (await db.subscription.findFirst({ where: subscriptionRowKey(ref), select: { created: true } }))
    throw duplicate(ref);
}

/** @throws GoferError `not_found` for pipeline or extension, `conflict` if it exists */
export async function insertSubscription(
  db: PrismaClient,
  ref: SubscriptionRef,
  settings: Readonly<Record<string, string>>,
): Promise<Subscription> {
  try {
    return await db.$transaction(async (tx) => {
      await getPipeline(tx, ref);
      await findExtension(tx, ref.extension);
      const row = await tx.subscription.create({ data: { ...subscriptionRowKey(ref), settings: toJson(settings) } });
      await recordEvent(tx, { pipeline_extension_subscription_registered: subscriptionFields(ref) });
      return toSubscription(row);
    });
  } catch (error) {
    throw isUniqueViolation(error) ? duplicate(ref) : error;
  }
}

function duplicate(ref: SubscriptionRef): GoferError {
  return new GoferError(ErrorKind.Conflict, `subscription '${ref.subscription}' exists already`);
}

/** Changes a subscription, of which its workflow or container has to hear then. */
export async function changeSubscription(
  db: Database,
  ref: SubscriptionRef,
  { status, settings }: { readonly status: 'active' | 'disabled'; readonly settings: Readonly<Record<string, string>> },
): Promise<void> {
  await findSubscription(db, ref);
  const data = { status, settings: toJson(settings), reason: null, description: null, dispatched: null };
  await db.subscription.updateMany({ where: subscriptionRowKey(ref), data });
}

export async function deleteSubscription(db: PrismaClient, ref: SubscriptionRef): Promise<void> {
  await db.$transaction(async (tx) => {
    await findSubscription(tx, ref);
    await tx.subscription.deleteMany({ where: subscriptionRowKey(ref) });
    await recordEvent(tx, { pipeline_extension_subscription_unregistered: subscriptionFields(ref) });
  });
}

async function findSubscription(db: Database, ref: SubscriptionRef): Promise<SubscriptionRow> {
  const row = await db.subscription.findFirst({ where: subscriptionRowKey(ref) });
  if (!row) throw notFound('subscription', subscriptionKey(ref));
  return row;
}

export function toSubscriptionRecord(row: SubscriptionRow): SubscriptionRecord {
  return {
    ref: {
      namespace: row.namespaceId,
      pipeline: row.pipelineId,
      extension: row.extensionId,
      subscription: row.subscriptionId,
    },
    settings: fromJson<Record<string, string>>(row.settings),
    status: row.status as Subscription['status'],
    since: toMillis(row.created),
    note: row.description,
  };
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
    ...(row.status === 'active' && row.tickDue !== null && { next: [toMillis(row.tickDue)] }),
  };
}
