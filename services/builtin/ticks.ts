import { GoferError } from '../../core/errors.ts';
import { dueTicks } from '../../core/schedule/catch-up.ts';
import { findExtensionRecord } from '../../store/extensions.ts';
import { advanceTicks, listDueSubscriptions, type DueSubscription, type TickProgress } from '../../store/ticks.ts';
import { TICK_PREFIX } from '../../store/triggered-runs.ts';
import { markSubscriptionRefused } from '../../store/subscriptions.ts';
import { openSettings } from '../extension-settings.ts';
import { concurrently } from '../concurrently.ts';
import type { TickPlan } from './contract.ts';
import { findBuiltin } from './index.ts';
import { withParameters } from './outlook.ts';
import { recordRunOf, type Active, type BuiltinDependencies } from './subscriptions.ts';

/** How many subscriptions are looked at together. */
const BATCH = 200;
/** How many of them at once. */
const CONCURRENCY = 8;
/** One with many ticks to make up for takes turns with the others after so many. */
const TICKS_PER_TURN = 10;

/** What was done. */
export interface ServedTicks {
  /** How many runs were recorded. */
  readonly runs: number;
  /** Whether more may be due already. */
  readonly more: boolean;
  /** For how long the first of them had been due, in milliseconds. */
  readonly lateMs: number;
}

/**
 * Records the runs of an extension's ticks that are due at `now`, in ms since the epoch. A run is recorded once for its
 * tick, whoever does this how often: its identity is the nominal time.
 */
export async function serveTicks(deps: BuiltinDependencies, extension: string, now: number): Promise<ServedTicks> {
  const due = await listDueSubscriptions(deps.db, extension, now, BATCH);
  const record = due.length > 0 ? await findExtensionRecord(deps.db, extension) : undefined;
  const builtin = record && findBuiltin(record.image);
  if (!record || !builtin?.ticks) return { runs: 0, more: false, lateMs: 0 };
  const settings = openSettings(deps.sealer, record);
  const progress: TickProgress[] = [];
  let runs = 0;
  try {
    await concurrently(CONCURRENCY, due, async (subscription) => {
      const served = await serveSubscription(
        deps,
        { builtin, settings, extension: record, subscription },
        subscription,
        now,
      );
      progress.push(served.progress);
      runs += served.runs;
    });
  } finally {
    // Also what was done before something failed.
    await advanceTicks(deps.db, progress);
  }
  return {
    runs,
    more: due.length === BATCH || progress.some(({ due: next }) => next !== undefined && next <= now),
    lateMs: now - (due[0]?.due.getTime() ?? now),
  };
}

async function serveSubscription(
  deps: BuiltinDependencies,
  active: Active,
  { ref, ticksUntil, due: found }: DueSubscription,
  now: number,
): Promise<{ readonly progress: TickProgress; readonly runs: number }> {
  const plan = await readPlan(deps, active);
  if (!plan) return { progress: { ref, found, ticksUntil, due: undefined }, runs: 0 };
  const { due, cursor, wakeAt } = dueTicks(plan.ticks, plan.policy, ticksUntil, now);
  const turn = due.slice(0, TICKS_PER_TURN);
  let runs = 0;
  for (const nominal of turn) {
    const run = await recordRunOf(deps, active, `${TICK_PREFIX}${new Date(nominal).toISOString()}`);
    if (run !== undefined) runs += 1;
  }
  if (turn.length === due.length) return { progress: { ref, found, ticksUntil: cursor, due: wakeAt }, runs };
  return { progress: { ref, found, ticksUntil: turn.at(-1) ?? cursor, due: now }, runs };
}

/** Undefined for parameters that are not valid any more, for example because a secret is gone; the subscription tells. */
async function readPlan(
  deps: BuiltinDependencies,
  { builtin, subscription, settings }: Active,
): Promise<TickPlan | undefined> {
  try {
    return await withParameters(deps, subscription, (subscribed) => builtin.ticks?.(subscribed, settings));
  } catch (error) {
    if (!(error instanceof GoferError)) throw error;
    await markSubscriptionRefused(deps.db, subscription.ref, error.message);
    return undefined;
  }
}
