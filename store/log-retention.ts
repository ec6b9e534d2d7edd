import type { RunRef } from '../core/ids.ts';
import type { Database } from './client.ts';
import { runRowKey } from './runs.ts';

/** Which runs keep their logs. */
export interface LogRetention {
  /** So many of the newest runs of each pipeline that have begun. */
  readonly runs: number;
  /** For so many seconds after their end; 0 for ever. */
  readonly maxAge: number;
}

/** Runs that have ended and should not have their logs any more, but may. */
export async function findRunsBeyondRetention(
  db: Database,
  { runs, maxAge }: LogRetention,
  limit: number,
): Promise<RunRef[]> {
  return db.$queryRaw<RunRef[]>`
    (
      select r.namespace_id as namespace, r.pipeline_id as pipeline, r.run_id as run
      from pipelines p
        cross join lateral (
          select run_id from runs b
          where b.namespace_id = p.namespace_id and b.pipeline_id = p.pipeline_id and b.state <> 'pending'
          order by run_id desc offset ${runs}::bigint limit 1
        ) as newest
        join runs r on r.namespace_id = p.namespace_id and r.pipeline_id = p.pipeline_id and r.run_id <= newest.run_id
      where not r.logs_expired and r.state = 'complete'
      limit ${limit}::integer
    ) union (
      select namespace_id, pipeline_id, run_id from runs
      where not logs_expired and state = 'complete' and ${maxAge}::bigint > 0
        and ended < now() - make_interval(secs => ${maxAge}::bigint)
      limit ${limit}::integer
    ) limit ${limit}::integer`;
}

/** Removes the logs of some tasks of a run, and returns how many tasks. */
export async function expireLogs(db: Database, run: RunRef, limit: number): Promise<number> {
  return db.$executeRaw`
    with picked as (
      select namespace_id, pipeline_id, run_id, task_id from task_executions
      where namespace_id = ${run.namespace} and pipeline_id = ${run.pipeline} and run_id = ${run.run}::integer
        and not logs_expired
      order by task_id limit ${limit}::integer
    ), gone as (
      delete from logs l using picked p where l.namespace_id = p.namespace_id and l.pipeline_id = p.pipeline_id
        and l.run_id = p.run_id and l.task_id = p.task_id
    )
    update task_executions t set logs_expired = true, logs_removed = true
    from picked p where t.namespace_id = p.namespace_id and t.pipeline_id = p.pipeline_id and t.run_id = p.run_id
      and t.task_id = p.task_id`;
}

/** Notes that no task of a run has a log any more. */
export async function markLogsExpired(db: Database, run: RunRef): Promise<void> {
  await db.run.updateMany({ where: runRowKey(run), data: { logsExpired: true } });
}
