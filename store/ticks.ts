import type { SubscriptionRef } from '../core/ids.ts';
import type { ScheduledStart } from '../sdk/wire.ts';
import { toMillis, type Database } from './client.ts';
import { subscriptionRowKey, toSubscriptionRecord, type SubscriptionRecord } from './subscriptions.ts';

/** A subscription whose next tick is due. */
export interface DueSubscription extends SubscriptionRecord {
  /** Up to which nominal time its ticks are dealt with, in ms since the epoch. */
  readonly ticksUntil: number;
  /** When it became due. */
  readonly due: Date;
}

/** How far a subscription got. */
export interface TickProgress {
  readonly ref: SubscriptionRef;
  /** The `due` that it was found with; if that is another one by now, its parameters have changed, and this is void. */
  readonly found: Date;
  readonly ticksUntil: number;
  /** When it is due next, in ms since the epoch; undefined for never. */
  readonly due: number | undefined;
}

/** The active subscriptions of an enabled extension that are due, those that wait for longest first. */
export async function listDueSubscriptions(
  db: Database,
  extensionId: string,
  now: number,
  limit: number,
): Promise<readonly DueSubscription[]> {
  const rows = await db.subscription.findMany({
    where: { extensionId, tickDue: { lte: new Date(now) }, status: 'active', extension: { status: 'enabled' } },
    orderBy: { tickDue: 'asc' },
    take: limit,
  });
  return rows.map((row) => ({
    ...toSubscriptionRecord(row),
    ticksUntil: toMillis(row.ticksUntil ?? row.created),
    due: row.tickDue ?? new Date(now),
  }));
}

/** When active subscriptions of active pipelines run next, up to `limit` of them, the earliest first. */
export async function listScheduledStarts(db: Database, limit: number): Promise<ScheduledStart[]> {
  const rows = await db.subscription.findMany({
    where: {
      tickDue: { not: null },
      status: 'active',
      extension: { status: 'enabled' },
      pipeline: { state: 'active' },
    },
    orderBy: [{ tickDue: 'asc' }, { pipelineId: 'asc' }, { subscriptionId: 'asc' }],
    take: limit,
  });
  return rows.map((row) => ({
    namespace_id: row.namespaceId,
    pipeline_id: row.pipelineId,
    extension_id: row.extensionId,
    subscription_id: row.subscriptionId,
    at: toMillis(row.tickDue),
  }));
}

/** Notes how far subscriptions got, all with one statement. */
export async function advanceTicks(db: Database, progress: readonly TickProgress[]): Promise<void> {
  if (progress.length === 0) return;
  const rows = progress.map(({ ref, found, ticksUntil, due }) => ({
    ...ref,
    found,
    ticks_until: new Date(ticksUntil),
    due: due === undefined ? null : new Date(due),
  }));
  await db.$executeRaw`
    update subscriptions set ticks_until = p.ticks_until, tick_due = p.due
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p(
      namespace text, pipeline text, extension text, subscription text,
      found timestamptz, ticks_until timestamptz, due timestamptz)
    where namespace_id = p.namespace and pipeline_id = p.pipeline and extension_id = p.extension
      and subscription_id = p.subscription and tick_due = p.found`;
}

/** What a subscription to a built-in extension is waiting for. */
export interface Expectation {
  readonly ticks?: boolean;
  /** The pipeline whose runs it waits for the ends of, as `namespace/pipeline`. */
  readonly watches?: string;
}

/**
 * Notes what a subscription is waiting for from now on. The ticks of a new one count from when it was made, those of one
 * that had none for a while from now; a changed one goes on where it was.
 */
export async function setExpectation(
  db: Database,
  ref: SubscriptionRef,
  { ticks, watches }: Expectation,
  now: Date,
): Promise<void> {
  const where = subscriptionRowKey(ref);
  const row = await db.subscription.findFirst({ where });
  if (!row) return;
  const resumed = row.tickDue === null && row.ticksUntil !== null;
  await db.subscription.updateMany({
    where,
    data: {
      watches: watches ?? null,
      tickDue: ticks ? now : null,
      ...(ticks && { ticksUntil: resumed ? now : (row.ticksUntil ?? row.created) }),
    },
  });
}
