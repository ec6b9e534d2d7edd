import pg from 'pg';

/** The namespace that all seeded records are in. */
export const NAMESPACE = 'seeded';
/** The pipeline that has half of all runs. */
export const BIG = 'big';
/** The other half belongs to pipelines called `small-1` to `small-<this>`. */
export const SMALL_PIPELINES = 100;
export const TASKS_PER_RUN = 3;

/**
 * Fills an empty, migrated database with finished runs, five seconds apart: every thousandth failed, every hundredth was
 * started by `ann`. The last ten of `big` still run.
 */
export async function seed(databaseUrl: string, runs: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Every row is right by construction, so that nothing is gained by looking up what it refers to.
    await client.query('set session_replication_role = replica');
    await client.query('set synchronous_commit = off');
    await client.query('insert into namespaces (id, name, description) values ($1, $1, $1)', [NAMESPACE]);
    await insertPipeline(client, BIG, Math.ceil(runs / 2));
    const each = Math.floor(runs / 2 / SMALL_PIPELINES);
    for (let n = 1; n <= SMALL_PIPELINES; n += 1) await insertPipeline(client, `small-${n}`, each);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

async function insertPipeline(client: pg.Client, id: string, runs: number): Promise<void> {
  await client.query(
    'insert into pipelines (namespace_id, pipeline_id, last_version, last_run) values ($1, $2, 1, $3)',
    [NAMESPACE, id, runs],
  );
  await client.query(
    `insert into pipeline_configs (namespace_id, pipeline_id, version, name, description, parallelism, tasks)
     select $1, $2, 1, $2, '', 0, json_object_agg('task-' || n, json_build_object(
       'id', 'task-' || n, 'description', '', 'image', 'gofer/base:1', 'registry_auth', null, 'depends_on', json_build_object(),
       'variables', json_build_array(), 'entrypoint', null, 'command', json_build_array('true'),
       'inject_api_token', false, 'always_pull_newest_image', false))
     from generate_series(1, $3::integer) n`,
    [NAMESPACE, id, TASKS_PER_RUN],
  );
  await client.query(
    `insert into runs (namespace_id, pipeline_id, run_id, version, started, ended, state, status, initiator_id, initiator_user,
       variables, dispatched)
     select $1, $2, n, 1, start, case when not live then start + interval '3 s' end,
       case when live then 'running' else 'complete' end,
       case when live then 'unknown' when n % 1000 = 0 then 'failed' else 'successful' end,
       '0', case when n % 100 = 0 then 'ann' else 'bob' end, '[{"key": "A", "value": "b", "source": "run_options"}]', start
     from generate_series(1, $3::integer) n,
       lateral (select now() - ($3 - n) * interval '5 s' as start, $2 = $4 and n > $3 - 10 as live) as facts`,
    [NAMESPACE, id, runs, BIG],
  );
  await client.query(
    `insert into task_executions (namespace_id, pipeline_id, run_id, task_id, created, started, ended, exit_code, state, status,
       variables, container_id)
     select namespace_id, pipeline_id, run_id, 'task-' || n, started, started, ended, 0, 'complete', 'successful',
       '[{"key": "A", "value": "b", "source": "run_options"}]', md5(run_id::text)
     from runs, generate_series(1, $3::integer) n where namespace_id = $1 and pipeline_id = $2`,
    [NAMESPACE, id, TASKS_PER_RUN],
  );
}
