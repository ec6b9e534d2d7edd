import { NAMED_HOLDERS, type QueuePlace } from '../core/admission.ts';
import type { RunRef } from '../core/ids.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './client.ts';
import type { PipelineRef } from './pipelines.ts';

/** How many runs may run at once; 0 means any number. */
export interface RunLimits {
  /** On the whole server. */
  readonly global: number;
  /** Of each pipeline, besides its own `parallelism`. */
  readonly perPipeline: number;
}

/** Where these runs of a pipeline stand, if they are pending, with one query for all of them. */
export async function findPlaces(
  db: Database,
  ref: PipelineRef,
  runs: readonly number[],
  limits: RunLimits,
): Promise<readonly QueuePlace[]> {
  const ofPipeline = Prisma.sql`namespace_id = ${ref.namespace} and pipeline_id = ${ref.pipeline}`;
  const rows = await db.$queryRaw<(Omit<QueuePlace, 'allowed'> & { allowed: number | null })[]>`
    ${queue(limits, limits.global > 0 ? Prisma.sql`true` : ofPipeline)}
    select run_id run, allowed, position, holders, server_position "serverPosition", ${room(limits)} "serverRoom",
      array(select run_id from live where ${ofPipeline} and running order by run_id limit ${NAMED_HOLDERS}) running,
      array(select run_id from live where ${ofPipeline} and not running order by run_id limit ${NAMED_HOLDERS}) pending,
      (
        select coalesce(json_agg(holder), '[]') from (
          select namespace_id as namespace, pipeline_id as pipeline, run_id as run from live
          where namespace_id = ${ref.namespace} and running order by started, pipeline_id, run_id limit ${NAMED_HOLDERS}
        ) holder
      ) "runningInNamespace"
    from ranked where ${ofPipeline} and run_id = any(${runs})`;
  return rows.map((row) => ({ ...row, allowed: row.allowed ?? Infinity }));
}

/** The pending runs that may run now, at most one of each pipeline, in the order in which they started to wait. */
export async function findNext(db: Database, limits: RunLimits): Promise<readonly RunRef[]> {
  return db.$queryRaw<RunRef[]>`
    ${queue(limits, Prisma.sql`true`)}
    select namespace_id as namespace, pipeline_id as pipeline, run_id as run
    from ranked where position = 1 and fits and server_position <= ${room(limits)} order by server_position`;
}

/**
 * The runs that wait, ranked. Whoever was asked to stop while waiting is not among them. A run never overtakes an older one
 * of its pipeline, so it started to wait no earlier than that one, whatever the clocks say.
 */
function queue(limits: RunLimits, scope: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    with live as (
      select r.namespace_id, r.pipeline_id, r.run_id, r.started, r.state = 'running' as running,
        least(nullif(c.parallelism, 0), nullif(${limits.perPipeline}::bigint, 0))::float8 as allowed
      from (select * from runs where ended is null and ${scope}) r
        join pipeline_configs c using (namespace_id, pipeline_id, version)
      where r.state = 'running' or r.cancel_requested is null
    ), lined_up as (
      select *, max(started) over line as arrived, (count(*) filter (where not running) over line)::int as position,
        (count(*) filter (where running) over pipeline)::int as holders
      from live window pipeline as (partition by namespace_id, pipeline_id), line as (pipeline order by run_id)
    ), fitting as (
      select *, bool_and(allowed is null or holders + position <= allowed)
        over (partition by namespace_id, pipeline_id order by run_id) as fits
      from lined_up where not running
    ), ranked as (
      select *, (count(*) filter (where fits) over (order by arrived, namespace_id, pipeline_id, run_id))::int as server_position
      from fitting
    )`;
}

/** How many more runs the server may have. */
function room({ global }: RunLimits): Prisma.Sql {
  if (global === 0) return Prisma.sql`2147483647`;
  return Prisma.sql`(select ${global} - count(*)::int from runs where ended is null and state = 'running')`;
}
