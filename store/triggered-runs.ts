import { subscriptionKey, type RunRef, type SubscriptionRef } from '../core/ids.ts';
import type { RunSummary } from '../sdk/wire.ts';
import { RUN_SUMMARY } from './activity.ts';
import type { Database } from './client.ts';

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

/**
 * Runs of triggers whose workflows are to be started now, the oldest first. While many that were started lately have not
 * begun, those who do that have enough to do, and the others wait here, where that costs nothing. A pipeline that has a
 * limit of its own counts for a few only.
 */
export async function listTriggeredRunsToDispatch(
  db: Database,
  { limit, backlog }: { readonly limit: number; readonly backlog: number },
): Promise<RunRef[]> {
  return db.$queryRaw<RunRef[]>`
    with waiting as (
      select least(count(*), 10) as runs from runs
      where state = 'pending' and dispatched > now() - interval '30 seconds'
      group by namespace_id, pipeline_id
    )
    select namespace_id as namespace, pipeline_id as pipeline, run_id as run
    from runs
    where dispatched is null and ended is null
      and exists (
        select from run_triggers t
        where (t.namespace_id, t.pipeline_id, t.run_id) = (runs.namespace_id, runs.pipeline_id, runs.run_id))
    order by started
    limit greatest(0, least(${limit}::bigint, ${backlog} - coalesce((select sum(runs) from waiting), 0)::bigint))`;
}
