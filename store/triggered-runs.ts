import { subscriptionKey, type SubscriptionRef } from '../core/ids.ts';
import type { RunSummary } from '../sdk/wire.ts';
import { RUN_SUMMARY } from './activity.ts';
import type { Database } from './client.ts';

/** How the identities of ticks begin. */
export const TICK_PREFIX = 'tick:';

/** By what source the runs of a subscription are known within its pipeline. */
export function triggerSource({
  extension,
  subscription,
}: Pick<SubscriptionRef, 'extension' | 'subscription'>): string {
  return `${extension}/${subscription}`;
}

/** The newest run that each subscription started, by the key of the subscription. */
export async function findLastRuns(
  db: Database,
  refs: readonly SubscriptionRef[],
): Promise<ReadonlyMap<string, RunSummary>> {
  const asked = refs.map((ref) => ({ ...ref, key: subscriptionKey(ref), source: triggerSource(ref) }));
  const found = await db.$queryRaw<{ key: string; run: RunSummary }[]>`
    select asked.key, newest.run
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
      as asked(key text, namespace text, pipeline text, source text)
    cross join lateral (
      select ${RUN_SUMMARY} as run
      from run_triggers t join runs r using (namespace_id, pipeline_id, run_id)
      where (t.namespace_id, t.pipeline_id, t.source) = (asked.namespace, asked.pipeline, asked.source)
      order by run_id desc
      limit 1
    ) newest`;
  return new Map(found.map(({ key, run }) => [key, run]));
}
