import { Prisma } from '../generated/prisma/client.ts';
import type { PipelineActivity, Run } from '../sdk/wire.ts';
import type { Database } from './client.ts';
import type { PipelineRef } from './pipelines.ts';
import { toRun } from './runs.ts';

export interface ActivityPage {
  /** The most pipelines. */
  readonly limit: number;
  /** The most runs of each. */
  readonly runs: number;
  /** The pipeline to begin behind. */
  readonly behind?: PipelineRef;
  /** A part of the namespace, the id or the name, in letters of any case. */
  readonly search?: string;
}

/** A row of `runs` as a RunSummary. */
export const RUN_SUMMARY = Prisma.sql`json_build_object(
  'run_id', run_id, 'state', state, 'status', status,
  'started', (extract(epoch from started) * 1000)::bigint,
  'ended', coalesce((extract(epoch from ended) * 1000)::bigint, 0))`;

/** The pipelines of all namespaces by namespace and id, each with its newest runs, in one statement. */
export async function listPipelineActivity(db: Database, page: ActivityPage): Promise<PipelineActivity[]> {
  const { namespace = '', pipeline = '' } = page.behind ?? {};
  return db.$queryRaw<PipelineActivity[]>`
    select p.namespace_id, p.pipeline_id, p.name, p.state, coalesce(newest.runs, '[]') as runs
    from (
      select p.namespace_id, p.pipeline_id, coalesce(c.name, '') as name, p.state, p.last_run
      from pipelines p left join lateral (
        select name from pipeline_configs c
        where c.namespace_id = p.namespace_id and c.pipeline_id = p.pipeline_id
        order by c.state = 'live' desc, c.version desc
        limit 1
      ) c on true
      where (p.namespace_id, p.pipeline_id) > (${namespace}, ${pipeline})
        and strpos(lower(concat_ws('/', p.namespace_id, p.pipeline_id, c.name)), lower(${page.search ?? ''})) > 0
      order by p.namespace_id, p.pipeline_id
      limit ${page.limit}
    ) p, lateral (
      select json_agg(${RUN_SUMMARY} order by run_id desc) as runs
      from runs r
      where r.namespace_id = p.namespace_id and r.pipeline_id = p.pipeline_id and r.run_id > p.last_run - ${page.runs}::integer
    ) newest
    order by p.namespace_id, p.pipeline_id`;
}

/** The runs of all pipelines in a state, up to `limit`: those that wait the oldest first, the others the newest first. */
export async function listRunsInState(db: Database, state: 'pending' | 'running', limit: number): Promise<Run[]> {
  const order = state === 'pending' ? 'asc' : 'desc';
  const rows = await db.run.findMany({
    where: { state, ended: null },
    orderBy: [{ started: order }, { runId: order }],
    take: limit,
  });
  return rows.map(toRun);
}

/** The runs of all pipelines that failed after a moment, up to `limit`, the last one first. */
export async function listFailedRuns(db: Database, after: Date, limit: number): Promise<Run[]> {
  const rows = await db.run.findMany({
    where: { status: 'failed', ended: { gt: after } },
    orderBy: { ended: 'desc' },
    take: limit,
  });
  return rows.map(toRun);
}
