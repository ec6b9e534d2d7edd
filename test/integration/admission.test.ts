import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { runKey, type RunRef } from '../../core/ids.ts';
import { OnLimit } from '../../core/pipeline-options.ts';
import { RunStatus } from '../../core/states.ts';
import { migrations } from '../../runtime/paths.ts';
import { admitRun, nextInLine, withWaiting, type Admission } from '../../store/admission.ts';
import { openStore, type Store } from '../../store/client.ts';
import { migrate } from '../../store/migrate.ts';
import type { RunLimits } from '../../store/run-queue.ts';
import { getRun, listRuns, markRunComplete, requestRunCancellation } from '../../store/runs.ts';
import { Simulation } from './helpers/admission-simulation.ts';

/** A database of its own, so that no worker does anything about these runs. */
const name = `admission_${process.pid}`;
const server = new pg.Client({ connectionString: inject('cluster').databaseUrl });
const url = Object.assign(new URL(inject('cluster').databaseUrl), { pathname: `/${name}` }).href;
const database = new pg.Client({ connectionString: url });
let store: Store;

beforeAll(async () => {
  await server.connect();
  await server.query(`create database ${name}`);
  await migrate(url, migrations);
  await database.connect();
  store = openStore(url, () => undefined);
});

afterAll(async () => {
  await store.close();
  await database.end();
  await server.query(`drop database ${name}`);
  await server.end();
});

beforeEach(async () => {
  await database.query('delete from namespaces');
  await database.query('delete from events');
  await database.query("insert into namespaces (id, name, description) values ('team', '', ''), ('other', '', '')");
});

const MAX_OLDER = 50;
const UNLIMITED: RunLimits = { global: 0, perPipeline: 0 };
const refOf = (pipeline: string, run: number, namespace = 'team'): RunRef => ({ namespace, pipeline, run });

/** A pipeline with a number of pending runs, each asked for a second after the one before. */
async function pipelineWith(
  runs: number,
  options: { parallelism?: number; onLimit?: OnLimit; pipeline?: string; namespace?: string; from?: string } = {},
): Promise<string> {
  const { parallelism = 0, onLimit = null, pipeline = 'demo', namespace = 'team', from = '2026-01-01' } = options;
  const key = [namespace, pipeline];
  await database.query('insert into pipelines (namespace_id, pipeline_id, last_run) values ($1, $2, $3)', [
    ...key,
    runs,
  ]);
  await database.query(
    `insert into pipeline_configs (namespace_id, pipeline_id, version, name, description, parallelism, on_limit, tasks)
     values ($1, $2, 1, '', '', $3, $4, '{}')`,
    [...key, parallelism, onLimit],
  );
  await database.query(
    `insert into runs (namespace_id, pipeline_id, run_id, version, started, initiator_id, initiator_user, variables)
     select $1, $2, n, 1, $4::timestamptz + n * interval '1 second', '', '', '[]' from generate_series(1, $3::int) n`,
    [...key, runs, from],
  );
  return pipeline;
}

const admit = (ref: RunRef, limits = UNLIMITED): Promise<Admission> =>
  admitRun(store.db, ref, limits, () => Promise.resolve(), MAX_OLDER);
const finish = (ref: RunRef, status: RunStatus = RunStatus.Successful) => markRunComplete(store.db, ref, { status });
const ADMITTED = { admitted: true, began: expect.any(Date) };
const WAITS = { admitted: false, cancelRequested: false, makeRoom: [] };

/** The runs of a pipeline in words such as `running`, `pending` or `pending, leaving`. */
async function states(pipeline = 'demo'): Promise<string[]> {
  const { rows } = await database.query<{ state: string }>(
    `select coalesce(nullif(status, 'unknown'), state) || case when ended is null and cancel_requested is not null
       then ', leaving' else '' end as state
     from runs where pipeline_id = $1 order by run_id`,
    [pipeline],
  );
  return rows.map(({ state }) => state);
}

const keys = (pipeline: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => runKey(refOf(pipeline, from + index)));

/** What the pending runs of a pipeline wait for, by their numbers. */
async function reasons(pipeline: string, limits: RunLimits, namespace = 'team') {
  const page = { limit: 100, offset: 0, reverse: false };
  const runs = await listRuns(store.db, { namespace, pipeline }, page);
  const told = await withWaiting(store.db, { namespace, pipeline }, runs, limits);
  return Object.fromEntries(told.map(({ run_id, detail }) => [run_id, detail]));
}

const arrive = (runs: number[]) =>
  database.query('update runs set dispatched = now() where run_id = any($1::int[])', [runs]);

describe('two hundred runs at once', () => {
  test('run three at a time and in order', async () => {
    await pipelineWith(200, { parallelism: 3 });
    const simulation = new Simulation(store.db, UNLIMITED);
    await simulation.run();
    expect(simulation.admitted).toEqual(keys('demo', 1, 200));
    expect(simulation.peak).toBeLessThanOrEqual(3);
    expect(new Set(await states())).toEqual(new Set(['successful']));
  });

  test('all run, in order, if nothing limits them', async () => {
    await pipelineWith(200);
    await arrive(Array.from({ length: 200 }, (_, index) => index + 1));
    const simulation = new Simulation(store.db, UNLIMITED);
    await simulation.run();
    expect(simulation.admitted).toEqual(keys('demo', 1, 200));
  });

  test('with cancel_newest leave the first ones alone', async () => {
    await pipelineWith(200, { parallelism: 3, onLimit: OnLimit.CancelNewest });
    const simulation = new Simulation(store.db, UNLIMITED);
    await simulation.run();
    expect(simulation.admitted.slice(0, 3)).toEqual(keys('demo', 1, 3));
    expect(simulation.peak).toBeLessThanOrEqual(3);
    const ends = await states();
    expect(ends.slice(0, 3)).toEqual(['successful', 'successful', 'successful']);
    expect(new Set(ends)).toEqual(new Set(['successful', 'cancelled']));
  });

  test('with cancel_oldest leave the last ones alone', async () => {
    await pipelineWith(200, { parallelism: 3, onLimit: OnLimit.CancelOldest });
    const simulation = new Simulation(store.db, UNLIMITED);
    await simulation.run();
    expect(simulation.admitted.slice(-3)).toEqual(keys('demo', 198, 200));
    expect(simulation.peak).toBeLessThanOrEqual(3);
    const ends = await states();
    expect(ends.slice(-3)).toEqual(['successful', 'successful', 'successful']);
    expect(new Set(ends)).toEqual(new Set(['successful', 'cancelled']));
  });
});

describe('a run that asks before older ones', () => {
  test('has those admitted that are about to ask, first', async () => {
    await pipelineWith(5, { parallelism: 5 });
    await arrive([1, 2, 4]);
    const admitted: number[] = [];
    const note = async (_tx: unknown, { run }: RunRef) => void admitted.push(run);
    expect(await admitRun(store.db, refOf('demo', 3), UNLIMITED, note, MAX_OLDER)).toEqual(ADMITTED);
    expect(admitted).toEqual([1, 2, 3]);
    expect(await states()).toEqual(['running', 'running', 'running', 'pending', 'pending']);
    expect(await admitRun(store.db, refOf('demo', 1), UNLIMITED, note, MAX_OLDER)).toEqual(ADMITTED);
    expect(admitted).toEqual([1, 2, 3]);
    const { rows } = await database.query('select run_id from runs where dispatched is null order by run_id');
    expect(rows).toEqual([{ run_id: 5 }]);
  });

  test('waits if they are too many', async () => {
    await pipelineWith(4);
    await arrive([1, 2, 3, 4]);
    const admitWith = (run: number, maxOlder: number) =>
      admitRun(store.db, refOf('demo', run), UNLIMITED, () => Promise.resolve(), maxOlder);
    expect(await admitWith(3, 1)).toEqual(WAITS);
    expect(await admitWith(2, 0)).toEqual(WAITS);
    expect(await admitWith(1, 0)).toEqual({ ...ADMITTED, next: refOf('demo', 2) });
    expect(await admitWith(2, 0)).toEqual({ ...ADMITTED, next: refOf('demo', 3) });
    // It waits to be called by now.
    expect(await admitWith(4, 1)).toEqual(WAITS);
  });

  test('waits if there is no room for all of them', async () => {
    await pipelineWith(3, { parallelism: 2 });
    await arrive([1, 2, 3]);
    expect(await admit(refOf('demo', 3))).toEqual(WAITS);
    expect(await admit(refOf('demo', 2))).toEqual(ADMITTED);
    expect(await states()).toEqual(['running', 'running', 'pending']);
  });

  test('waits if the server has no room for all of them', async () => {
    await pipelineWith(3);
    await arrive([1, 2, 3]);
    const limits = { global: 2, perPipeline: 0 };
    expect(await admit(refOf('demo', 3), limits)).toEqual(WAITS);
    expect(await admit(refOf('demo', 2), limits)).toMatchObject({ admitted: true });
    expect(await states()).toEqual(['running', 'running', 'pending']);
  });

  test('waits for one that nobody knows to be under way, and is called by it', async () => {
    await pipelineWith(3);
    await arrive([2, 3]);
    expect(await admit(refOf('demo', 2))).toEqual(WAITS);
    // The second one has to be called by now, so the third waits for it.
    await arrive([1]);
    expect(await admit(refOf('demo', 3))).toEqual(WAITS);
    expect(await admit(refOf('demo', 1))).toEqual({ ...ADMITTED, next: refOf('demo', 2) });
    expect(await admit(refOf('demo', 2))).toEqual({ ...ADMITTED, next: refOf('demo', 3) });
    expect(await admit(refOf('demo', 3))).toEqual(ADMITTED);
  });
});

describe('the limit of the server', () => {
  test('holds for all pipelines together', async () => {
    await pipelineWith(30, { pipeline: 'one', parallelism: 2 });
    await pipelineWith(30, { pipeline: 'two' });
    await pipelineWith(30, { pipeline: 'three', namespace: 'other' });
    const simulation = new Simulation(store.db, { global: 5, perPipeline: 4 });
    await simulation.run();
    expect(simulation.admitted).toHaveLength(90);
    expect(simulation.peak).toBeLessThanOrEqual(5);
  });

  test('lets as many run as it says, and no more', async () => {
    await pipelineWith(5, { pipeline: 'one', parallelism: 3 });
    await pipelineWith(5, { pipeline: 'two' });
    const limits = { global: 5, perPipeline: 4 };
    for (const run of [1, 2, 3]) expect(await admit(refOf('one', run), limits)).toEqual(ADMITTED);
    expect(await admit(refOf('one', 4), limits)).toEqual(WAITS);
    for (const run of [1, 2]) expect(await admit(refOf('two', run), limits)).toEqual(ADMITTED);
    expect(await admit(refOf('two', 3), limits)).toEqual(WAITS);
  });

  test('lets those run first who have waited longest, except for those whose pipeline has no room', async () => {
    await pipelineWith(2, { pipeline: 'full', parallelism: 1, from: '2025-01-01' });
    await admit(refOf('full', 1));
    await pipelineWith(10, { pipeline: 'late', from: '2026-02-02' });
    await pipelineWith(10, { pipeline: 'early', from: '2026-02-01' });
    const limits = { global: 2, perPipeline: 0 };
    expect(await admit(refOf('late', 1), limits)).toEqual(WAITS);
    expect(await nextInLine(store.db, refOf('full', 1), limits)).toEqual([refOf('early', 1)]);
    const simulation = new Simulation(store.db, limits);
    await simulation.run();
    const ofOthers = simulation.admitted.filter((key) => !key.includes('full'));
    expect(ofOthers).toEqual([...keys('early', 1, 10), ...keys('late', 1, 10)]);
  });
});

describe('what a run waits for', () => {
  test('is the limit of its pipeline, who holds it, and how many are before it', async () => {
    await pipelineWith(5, { parallelism: 2 });
    await admit(refOf('demo', 1));
    await admit(refOf('demo', 2));
    await requestRunCancellation(store.db, refOf('demo', 3), 'ann');
    const waiting = { limit: 'pipeline', allowed: 2, held_by: ['team/demo/1', 'team/demo/2'] };
    const found = await reasons('demo', UNLIMITED);
    expect(found).toMatchObject({
      4: { waiting: { ...waiting, position: 1 } },
      5: { waiting: { ...waiting, position: 2 } },
    });
    expect(found[5]?.message).toBe(
      'waits for its turn: the pipeline may have 2 runs at once (#1, #2), and 1 waits before it',
    );
    for (const run of [1, 2, 3]) expect(found[run]).not.toHaveProperty('waiting');
  });

  test('names at most ten of those before it', async () => {
    await pipelineWith(13, { parallelism: 11 });
    for (let run = 1; run <= 11; run += 1) expect(await admit(refOf('demo', run))).toEqual(ADMITTED);
    const found = await reasons('demo', UNLIMITED);
    expect(found[13]?.waiting?.held_by).toEqual(keys('demo', 1, 10));
    expect(found[13]?.message).toContain('11 runs at once (#1, #2, #3, #4, #5, #6, #7, #8, #9, #10, 1 more)');
  });

  test('is the order of the runs if there is room', async () => {
    await pipelineWith(2);
    expect(await admit(refOf('demo', 2))).toEqual(WAITS);
    expect(await reasons('demo', UNLIMITED)).toMatchObject({
      2: { waiting: { limit: 'order', held_by: ['team/demo/1'], position: 2 } },
    });
  });

  test('is the limit of the server, without names from other namespaces', async () => {
    await pipelineWith(2);
    await pipelineWith(3, { pipeline: 'demo', namespace: 'other' });
    await admit(refOf('demo', 1));
    await admit(refOf('demo', 1, 'other'));
    const limits = { global: 2, perPipeline: 0 };
    expect(await admit(refOf('demo', 2, 'other'), limits)).toEqual(WAITS);
    const waiting = { limit: 'server', allowed: 2, held_by: ['other/demo/1'] };
    expect(await reasons('demo', limits, 'other')).toMatchObject({
      2: { waiting: { ...waiting, position: 1 } },
      3: { waiting: { ...waiting, position: 3 } },
    });
  });
});

describe('cancel_newest', () => {
  test('cancels a run that meets the limit, and says who holds it', async () => {
    await pipelineWith(3, { parallelism: 2, onLimit: OnLimit.CancelNewest });
    expect(await admit(refOf('demo', 1))).toEqual(ADMITTED);
    const refused = { admitted: false, cancelRequested: true, makeRoom: [] };
    // The second one has not been looked at yet, but comes before it.
    expect(await admit(refOf('demo', 3))).toEqual(refused);
    expect(await admit(refOf('demo', 3))).toEqual(refused);
    expect(await admit(refOf('demo', 2))).toEqual(ADMITTED);
    expect(await states()).toEqual(['running', 'running', 'pending, leaving']);
    expect((await getRun(store.db, refOf('demo', 3))).detail?.cancelled_by).toBe(
      'the limit of the pipeline, which may have 2 runs at once (#1, #2)',
    );
  });

  test('has nobody cancelled where nothing is limited', async () => {
    await pipelineWith(2, { onLimit: OnLimit.CancelNewest });
    expect(await admit(refOf('demo', 1))).toEqual(ADMITTED);
    expect(await admit(refOf('demo', 2))).toEqual(ADMITTED);
  });

  test('knows the limit of the server for each pipeline', async () => {
    await pipelineWith(2, { onLimit: OnLimit.CancelNewest });
    const limits = { global: 0, perPipeline: 1 };
    expect(await admit(refOf('demo', 1), limits)).toEqual(ADMITTED);
    expect(await admit(refOf('demo', 2), limits)).toMatchObject({ cancelRequested: true });
  });
});

describe('cancel_oldest', () => {
  test('asks as many of the oldest to stop as have to make way, once, and lets the newest wait for them', async () => {
    await pipelineWith(4, { parallelism: 2, onLimit: OnLimit.CancelOldest });
    await admit(refOf('demo', 1));
    await admit(refOf('demo', 2));
    const oneLeaves = { ...WAITS, makeRoom: [refOf('demo', 1)] };
    expect(await admit(refOf('demo', 3))).toEqual(oneLeaves);
    // It may have been killed before it could tell the other one.
    expect(await admit(refOf('demo', 3))).toEqual(oneLeaves);
    expect(await admit(refOf('demo', 4))).toEqual({ ...WAITS, makeRoom: [refOf('demo', 2)] });
    expect(await admit(refOf('demo', 4))).toEqual(WAITS);
    expect(await states()).toEqual(['running, leaving', 'running, leaving', 'pending', 'pending']);
    const { rows } = await database.query(
      "select kind from events where kind->'started_run_cancellation'->>'pipeline_id' = 'demo' order by seq",
    );
    expect(rows).toHaveLength(2);

    await finish(refOf('demo', 1), RunStatus.Cancelled);
    expect((await getRun(store.db, refOf('demo', 1))).detail?.cancelled_by).toBe(
      'run #3: the pipeline may have 2 at once, and the oldest make way',
    );
    expect(await admit(refOf('demo', 3))).toEqual(ADMITTED);
    expect(await admit(refOf('demo', 4))).toMatchObject({ admitted: false, cancelRequested: false });
    await finish(refOf('demo', 2), RunStatus.Cancelled);
    expect(await admit(refOf('demo', 4))).toEqual(ADMITTED);
    expect(await states()).toEqual(['cancelled', 'cancelled', 'running', 'running']);
  });

  test('spares a run the start that would be cancelled at once', async () => {
    await pipelineWith(3, { parallelism: 1, onLimit: OnLimit.CancelOldest });
    await admit(refOf('demo', 1));
    expect(await admit(refOf('demo', 3))).toMatchObject({ makeRoom: [refOf('demo', 1), refOf('demo', 2)] });
    expect(await admit(refOf('demo', 2))).toMatchObject({ cancelRequested: true });
  });

  test('counts what a user cancels as making way', async () => {
    await pipelineWith(2, { parallelism: 1, onLimit: OnLimit.CancelOldest });
    await admit(refOf('demo', 1));
    await requestRunCancellation(store.db, refOf('demo', 1), 'ann');
    expect(await admit(refOf('demo', 2))).toEqual({ ...WAITS, makeRoom: [refOf('demo', 1)] });
    expect((await getRun(store.db, refOf('demo', 1))).detail?.cancelled_by).toBe('ann');
  });
});

test('a run that was asked to stop while it waited is not admitted', async () => {
  await pipelineWith(1);
  await requestRunCancellation(store.db, refOf('demo', 1), 'ann');
  expect(await admit(refOf('demo', 1))).toMatchObject({ admitted: false, cancelRequested: true });
});
