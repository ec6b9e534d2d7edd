import type { RunRef } from '../core/ids.ts';
import type { Database } from './client.ts';
import { runRowKey } from './runs.ts';
import { TICK_PREFIX, triggerSource } from './triggered-runs.ts';

/** Notes that the run's workflow exists. */
export async function markDispatched(db: Database, ref: RunRef): Promise<void> {
  await db.run.updateMany({ where: { ...runRowKey(ref), dispatched: null }, data: { dispatched: new Date() } });
}

/** Runs recorded before `olderThan` whose workflow was never confirmed: a process died between the two steps. */
export async function listUndispatchedRuns(
  db: Database,
  { ofTicks, olderThan, limit }: { readonly ofTicks: boolean; readonly olderThan: Date; readonly limit: number },
): Promise<RunRef[]> {
  const tick = { identity: { startsWith: TICK_PREFIX } };
  const rows = await db.run.findMany({
    where: {
      ...{ dispatched: null, ended: null, started: { lt: olderThan } },
      triggers: ofTicks ? { some: tick } : { none: tick },
    },
    orderBy: [{ started: 'asc' }],
    take: limit,
  });
  return rows.map((row) => ({ namespace: row.namespaceId, pipeline: row.pipelineId, run: row.runId }));
}

/**
 * Runs of an extension's subscriptions whose workflows are to be started now, the oldest first. While many that were started
 * lately have not begun, those who do that have enough to do, and the others wait here, where that costs nothing. A
 * pipeline that has a limit of its own counts for a few only.
 */
export async function listTriggeredRunsToDispatch(
  db: Database,
  extension: string,
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
        where (t.namespace_id, t.pipeline_id, t.run_id) = (runs.namespace_id, runs.pipeline_id, runs.run_id)
          and starts_with(t.source, ${triggerSource({ extension, subscription: '' })}))
    order by started
    limit greatest(0, least(${limit}::bigint, ${backlog} - coalesce((select sum(runs) from waiting), 0)::bigint))`;
}
