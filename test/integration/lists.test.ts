import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { claimContainer, markStarted, markTasksComplete } from '../../store/supervised-tasks.ts';
import { openStore, type Store } from '../../store/client.ts';
import type { ClusterAddresses } from '../helpers/cluster.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { call, createNamespace, expectError, NAMESPACE, place, register, registered } from './helpers/raw-api.ts';

const { databaseUrl }: ClusterAddresses = inject('cluster');
const database = new pg.Client({ connectionString: databaseUrl });
const SECOND = 1000;
const T0 = Date.UTC(2026, 0, 1);
let store: Store;
let pipeline: string;

/** 200 runs: every tenth failed, the last two run, started a second apart, two at a time; and 30 tasks of the first. */
beforeAll(async () => {
  await database.connect();
  store = openStore(databaseUrl, () => undefined);
  await createNamespace();
  pipeline = uniqueId('api');
  await register(
    pipeline,
    pipelineOf(pipeline, ...Array.from({ length: 30 }, (_, n) => shellTask(`task-${n}`, 'true'))),
  );
  await database.query(
    `insert into runs (namespace_id, pipeline_id, run_id, version, started, ended, state, status, initiator_id, initiator_user,
       variables, dispatched)
     select $1, $2, n, 1, to_timestamp($3::bigint / 1000 + n / 2), case when n < 199 then now() end,
       case when n < 199 then 'complete' else 'running' end,
       case when n >= 199 then 'unknown' when n % 10 = 0 then 'failed' else 'successful' end,
       '', case when n % 3 = 0 then 'ann' else 'bob' end, '[]', now()
     from generate_series(1, 200) n`,
    [NAMESPACE, pipeline, T0],
  );
  await database.query('update pipelines set last_run = 200 where namespace_id = $1 and pipeline_id = $2', [
    NAMESPACE,
    pipeline,
  ]);
  await database.query(
    `insert into task_executions (namespace_id, pipeline_id, run_id, task_id, variables)
     select $1, $2, 1, 'task-' || n, '[]' from generate_series(0, 29) n`,
    [NAMESPACE, pipeline],
  );
});

afterAll(async () => {
  await store.close();
  await database.end();
});

/** All entries of a list, page by page, and how many pages there were. */
async function pagesOf(path: string, list: string, id: string): Promise<{ ids: unknown[]; pages: number }> {
  const ids: unknown[] = [];
  let cursor = '';
  for (let pages = 1; ; pages += 1) {
    const { status, body } = await call('GET', `${path}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    ids.push(...(body[list] as Record<string, unknown>[]).map((entry) => entry[id]));
    if (body['next_cursor'] === undefined) return { ids, pages };
    cursor = body['next_cursor'] as string;
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const runs = (query: string) => pagesOf(`${place(pipeline)}/runs?${query}`, 'runs', 'run_id');

describe('runs', () => {
  test('come in pages of any size, in both directions', async () => {
    expect(await runs('limit=60')).toEqual({ ids: numbers(1, 200), pages: 4 });
    expect(await runs('limit=50&reverse=true')).toEqual({ ids: numbers(1, 200).toReversed(), pages: 4 });
    expect(await runs('limit=190&offset=10')).toEqual({ ids: numbers(11, 200), pages: 1 });
    expect(await runs('limit=190&offset=10&reverse=true')).toEqual({ ids: numbers(1, 190).toReversed(), pages: 1 });
    const late = `started_after=${T0 + 50 * SECOND}`;
    expect(await runs(`limit=190&offset=10&${late}`)).toEqual({ ids: numbers(112, 200), pages: 1 });
    expect(await runs('offset=200')).toEqual({ ids: [], pages: 1 });
    expect(await runs('limit=0')).toEqual({ ids: [], pages: 1 });
    expect(await runs('limit=18446744073709551615')).toEqual({ ids: numbers(1, 200), pages: 1 });
  });

  test.each([
    ['status=failed', numbers(1, 198).filter((n) => n % 10 === 0)],
    ['state=running', [199, 200]],
    ['state=complete&status=successful', numbers(1, 198).filter((n) => n % 10 !== 0)],
    ['initiator_user=ann', numbers(1, 200).filter((n) => n % 3 === 0)],
    ['initiator_user=ann&status=failed', numbers(1, 198).filter((n) => n % 30 === 0)],
    [`started_after=${T0 + 90 * SECOND}`, numbers(182, 200)],
    [`started_before=${T0 + 3 * SECOND}`, numbers(1, 5)],
    [`started_after=${T0 + 10 * SECOND}&started_before=${T0 + 20 * SECOND}`, numbers(22, 39)],
    ['started_after=18446744073709551615', []],
  ])('filtered by %s are the same in one page and in many', async (query, expected) => {
    expect((await runs(`limit=1000&${query}`)).ids).toEqual(expected);
    expect((await runs(`limit=3&${query}`)).ids).toEqual(expected);
    expect((await runs(`limit=7&reverse=true&${query}`)).ids).toEqual(expected.toReversed());
  });

  test.each(['cursor=x', 'cursor=', 'cursor=WyJwaXBlbGluZXMiLCJhIl0', 'state=done', 'status=good', 'started_after=-1'])(
    'refuse %s',
    async (query) => {
      const answer = await call('GET', `${place(pipeline)}/runs?${query}`);
      expect(answer.status).toBe(400);
      expectError(answer, 400);
    },
  );
});

test('task executions come in pages and by status', async () => {
  const path = `${place(pipeline)}/runs/1/tasks?`;
  const all = numbers(0, 29)
    .map((n) => `task-${n}`)
    .toSorted();
  expect(await pagesOf(path, 'task_executions', 'task_id')).toEqual({ ids: all, pages: 1 });
  expect(await pagesOf(`${path}limit=7`, 'task_executions', 'task_id')).toEqual({ ids: all, pages: 5 });
  expect((await pagesOf(`${path}limit=7&status=failed`, 'task_executions', 'task_id')).ids).toEqual([]);
  expectError(await call('GET', `${path}cursor=x`), 400);
});

test('pipelines come in pages, with their last run if asked for', async () => {
  const others = [await registered(), await registered('disabled')];
  const path = `/api/namespaces/${NAMESPACE}/pipelines?`;
  const all = [pipeline, ...others].toSorted();
  expect(await pagesOf(`${path}limit=1`, 'pipelines', 'pipeline_id')).toEqual({ ids: all, pages: 3 });
  const plain = await call('GET', path);
  expect(plain.text).not.toContain('last_run');
  const { body } = await call('GET', `${path}include=last_run`);
  const run = await call('GET', `${place(pipeline)}/runs/200`);
  const lastRuns = (body['pipelines'] as Record<string, unknown>[]).map(({ last_run: last }) => last);
  expect(lastRuns.filter(Boolean)).toEqual([run.body['run']]);
  expectError(await call('GET', `${path}include=all`), 400);
});

test('starts and ends of tasks are recorded once, with their events in order', async () => {
  const ref = { namespace: NAMESPACE, pipeline, run: 1 };
  const kinds = async () => {
    const { rows } = await database.query<{ name: string; task: string }>(
      `select k.key as name, k.value ->> 'task_execution_id' as task from events, jsonb_each(kind) k
       where k.value ->> 'pipeline_id' = $1 and k.key like '%task_execution' order by seq`,
      [pipeline],
    );
    return rows.map(({ name, task }) => `${name} ${task}`);
  };
  const task = { ...ref, task: 'task-0' };
  expect(await claimContainer(store.db, { ...task, attempt: 1, container: 'c1', imageDigest: 'sha256:1' })).toEqual({});
  expect(
    await claimContainer(store.db, { ...task, attempt: 1, container: 'c2', imageDigest: undefined }),
  ).toBeUndefined();
  expect(
    await claimContainer(store.db, { ...task, attempt: 2, container: 'c1', imageDigest: undefined }),
  ).toBeUndefined();
  expect(await claimContainer(store.db, { ...task, attempt: 1, container: 'c1', imageDigest: undefined })).toEqual({
    before: expect.any(Number),
  });
  await markStarted(store.db, { ...task, attempt: 1 });
  // As a supervisor does that takes over.
  expect(await claimContainer(store.db, { ...task, attempt: 1, container: 'c1', imageDigest: undefined })).toEqual({
    before: expect.any(Number),
  });
  await markStarted(store.db, { ...task, attempt: 1 });
  const outcome = { status: 'skipped', exitCode: 0, reason: 'failed_precondition', description: 'no' } as const;
  const ends = [
    { ...ref, task: 'task-9', outcome },
    {
      ...ref,
      task: 'task-0',
      outcome: { status: 'successful', exitCode: 0 } as const,
      startedAt: T0,
      endedAt: T0 + 1234,
    },
    {
      ...ref,
      task: 'task-3',
      outcome,
      skippedBecause: { parent: 'task-9', required: 'success', parent_status: 'skipped' } as const,
    },
  ];
  await markTasksComplete(store.db, ends);
  await markTasksComplete(store.db, ends);
  await markTasksComplete(store.db, []);
  expect(
    await claimContainer(store.db, { ...task, attempt: 1, container: 'c1', imageDigest: undefined }),
  ).toBeUndefined();
  const started = 'started_task_execution task-0';
  const completed = ['task-9', 'task-0', 'task-3'].map((id) => `completed_task_execution ${id}`);
  expect(await kinds()).toEqual([started, ...completed]);
  const tasks = `${place(pipeline)}/runs/1/tasks`;
  expect((await call('GET', `${tasks}/task-0`)).body['task_execution']).toMatchObject({
    ...{ started: T0, ended: T0 + 1234, exit_code: 0, status: 'successful', state: 'complete', status_reason: null },
    detail: { container_id: 'c1', image_digest: 'sha256:1' },
  });
  expect((await call('GET', `${tasks}/task-3`)).body['task_execution']).toMatchObject({
    ...{ started: 0, status: 'skipped', status_reason: { reason: 'failed_precondition', description: 'no' } },
    detail: { skipped_because: { parent: 'task-9', required: 'success', parent_status: 'skipped' } },
  });
});
