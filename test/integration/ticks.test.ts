import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { WatchedEnd } from '../../core/extensions.ts';
import type { SubscriptionRef } from '../../core/ids.ts';
import { migrations } from '../../runtime/paths.ts';
import { handleEnd } from '../../services/builtin/run-ends.ts';
import { planSubscription, type BuiltinDependencies } from '../../services/builtin/subscriptions.ts';
import { serveTicks } from '../../services/builtin/ticks.ts';
import { createSealer, singleKey } from '../../services/sealing.ts';
import { openStore, type Store } from '../../store/client.ts';
import { migrate } from '../../store/migrate.ts';
import { readRunEnds } from '../../store/run-ends.ts';
import { listTriggeredRunsToDispatch, listUndispatchedRuns } from '../../store/run-dispatch.ts';
import { markRunComplete } from '../../store/runs.ts';
import { changeSubscription } from '../../store/subscriptions.ts';

// A database without any process around it: what time it is, is said here.
const { databaseUrl } = inject('cluster');
const NAME = `ticks_${process.pid}`;
const server = new pg.Client({ connectionString: databaseUrl });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let store: Store;
let deps: BuiltinDependencies;

beforeAll(async () => {
  await server.connect();
  await server.query(`create database ${NAME}`);
  const url = Object.assign(new URL(databaseUrl), { pathname: `/${NAME}` }).href;
  await migrate(url, migrations);
  store = openStore(url, () => undefined);
  const unreachable = new Proxy({}, { get: () => () => Promise.reject(new Error('there is no Temporal')) });
  deps = {
    db: store.db,
    sealer: createSealer(singleKey('only for tests, but long enough for the check')),
    logger: pino({ level: 'silent' }),
    limits: { runs: 0 },
    ...{ secrets: unreachable, objects: unreachable, workflows: unreachable, extensionWorkflows: unreachable },
  } as unknown as BuiltinDependencies;
  await store.db.namespace.create({ data: { id: 'default', name: 'default', description: '' } });
  for (const kind of ['interval', 'cron', 'pipeline']) {
    await store.db.extension.create({
      data: {
        id: kind,
        image: `builtin/${kind}`,
        settings: {},
        secretSettings: {},
        additionalRoles: [],
        documentation: {},
      },
    });
  }
});

afterAll(async () => {
  await store.close();
  await server.query(`drop database ${NAME} with (force)`);
  await server.end();
});

let pipelines = 0;

async function createPipeline(): Promise<string> {
  const pipelineId = `pipeline-${(pipelines += 1)}`;
  const key = { namespaceId: 'default', pipelineId };
  await store.db.pipeline.create({ data: { ...key, lastVersion: 1 } });
  await store.db.pipelineConfig.create({
    data: { ...key, version: 1, name: '', description: '', parallelism: 0, tasks: {}, state: 'live' },
  });
  return pipelineId;
}

/** A subscription of a new pipeline, made at `created`, that is being looked at. */
async function subscribe(
  extension: string,
  created: number,
  settings: Record<string, string>,
  pipeline?: string,
): Promise<SubscriptionRef> {
  const ref = { namespace: 'default', pipeline: pipeline ?? (await createPipeline()), extension, subscription: 'some' };
  const key = { namespaceId: 'default', pipelineId: ref.pipeline, extensionId: extension, subscriptionId: 'some' };
  await store.db.subscription.create({ data: { ...key, settings, created: new Date(created) } });
  await planSubscription(deps, ref);
  await store.db.subscription.updateMany({
    where: { ...key, tickDue: { not: null } },
    data: { tickDue: new Date(created) },
  });
  return ref;
}

/** The nominal times of the runs of a subscription. */
async function nominalTimes({ pipeline }: SubscriptionRef): Promise<string[]> {
  const triggers = await store.db.runTrigger.findMany({ where: { pipelineId: pipeline }, orderBy: { runId: 'asc' } });
  expect(await store.db.run.count({ where: { pipelineId: pipeline } })).toBe(triggers.length);
  return triggers.map(({ identity }) => identity.replace(/^tick:.*T(\d\d:\d\d):00\.000Z$/, '$1'));
}

async function serve(extension: string, now: number): Promise<void> {
  while ((await serveTicks(deps, extension, now)).more);
}

const noon = Date.UTC(2026, 5, 1, 12);

test('an interval runs at its times and never twice, whoever looks how often', async () => {
  const ref = await subscribe('interval', noon, { every: '10m' });
  for (const minute of [0, 5, 9.99, 10, 10.1, 15, 20, 20.5, 31]) {
    await Promise.all([serve('interval', noon + minute * MINUTE), serve('interval', noon + minute * MINUTE)]);
  }
  expect(await nominalTimes(ref)).toEqual(['12:10', '12:20', '12:30']);
});

test.each([
  ['skip', '24h', ['12:10', '13:20']],
  ['latest', '24h', ['12:10', '13:10', '13:20']],
  ['latest', '2m', ['12:10', '13:20']],
  ['all', '24h', ['12:10', '12:20', '12:30', '12:40', '12:50', '13:00', '13:10', '13:20']],
  ['all', '30m', ['12:10', '12:50', '13:00', '13:10', '13:20']],
])('after an hour without anybody: %s within %s', async (catch_up, catch_up_window, expected) => {
  const ref = await subscribe('interval', noon, { every: '10m', catch_up, catch_up_window });
  await serve('interval', noon + 10 * MINUTE);
  await serve('interval', noon + 75 * MINUTE);
  await serve('interval', noon + 80 * MINUTE);
  expect(await nominalTimes(ref)).toEqual(expected);
});

test('cron through the night in which clocks are set back', async () => {
  const midnight = Date.UTC(2026, 9, 25);
  const settings = { expression: '30 2 * * *', tz: 'Europe/Berlin' };
  const once = await subscribe('cron', midnight, settings);
  const twice = await subscribe('cron', midnight, { ...settings, repeated: 'both' });
  for (let minute = 0; minute < 180; minute += 1) await serve('cron', midnight + minute * MINUTE);
  expect(await nominalTimes(once)).toEqual(['00:30']);
  expect(await nominalTimes(twice)).toEqual(['00:30', '01:30']);
});

test('one that died between the run and the note of it is made good without a second run', async () => {
  const ref = await subscribe('interval', noon, { every: '10m', catch_up: 'all' });
  await serve('interval', noon + 20 * MINUTE);
  // As if nothing had been noted.
  await store.db.subscription.updateMany({
    where: { pipelineId: ref.pipeline },
    data: { ticksUntil: new Date(noon), tickDue: new Date(noon) },
  });
  await serve('interval', noon + 21 * MINUTE);
  expect(await nominalTimes(ref)).toEqual(['12:10', '12:20']);
});

test('what passes while a subscription is switched off is not made up for', async () => {
  const start = Date.now() - 20 * MINUTE;
  const ref = await subscribe('interval', start, { every: '1m', catch_up: 'all' });
  await serve('interval', start + MINUTE);
  const settings = { every: '1m', catch_up: 'all' };
  await changeSubscription(store.db, ref, { status: 'disabled', settings });
  expect(await planSubscription(deps, ref)).toEqual({ kind: 'idle' });
  await serve('interval', start + 10 * MINUTE);
  await changeSubscription(store.db, ref, { status: 'active', settings });
  expect(await planSubscription(deps, ref)).toEqual({ kind: 'ticks' });
  await serve('interval', Date.now() + MINUTE);
  expect(await nominalTimes(ref)).toHaveLength(2);
});

test('a change of parameters goes on where it was', async () => {
  const ref = await subscribe('interval', noon, { every: '10m', catch_up: 'all' });
  await serve('interval', noon + 10 * MINUTE);
  await changeSubscription(store.db, ref, { status: 'active', settings: { every: '5m', catch_up: 'all' } });
  await planSubscription(deps, ref);
  await store.db.subscription.updateMany({ where: { pipelineId: ref.pipeline }, data: { tickDue: new Date(noon) } });
  await serve('interval', noon + 20 * MINUTE);
  expect(await nominalTimes(ref)).toEqual(['12:10', '12:15', '12:20']);
});

test('a disabled pipeline takes no runs, which the subscription tells until it does', async () => {
  const ref = await subscribe('interval', noon, { every: '10m' });
  const where = { pipelineId: ref.pipeline };
  const note = async () => (await store.db.subscription.findFirstOrThrow({ where })).description;
  await store.db.pipeline.updateMany({ where, data: { state: 'disabled' } });
  await serve('interval', noon + 10 * MINUTE);
  expect(await note()).toMatch(/^no run for tick:2026-06-01T12:10:00.000Z: pipeline .* is disabled/);
  await store.db.pipeline.updateMany({ where, data: { state: 'active' } });
  await serve('interval', noon + 20 * MINUTE);
  expect(await note()).toBeNull();
  expect(await nominalTimes(ref)).toEqual(['12:20']);
});

test('the runs of ticks are for the clock of their extension to start, and for others only much later', async () => {
  const ref = await subscribe('interval', noon, { every: '10m' });
  await serve('interval', noon);
  expect(await serveTicks(deps, 'interval', noon + 10 * MINUTE + 700)).toMatchObject({ runs: 1, lateMs: 700 });
  expect(await nominalTimes(ref)).toHaveLength(1);
  const toDispatch = (extension: string) =>
    listTriggeredRunsToDispatch(store.db, extension, { limit: 1_000, backlog: 1_000 });
  const undispatched = (ofTicks: boolean) =>
    listUndispatchedRuns(store.db, { ofTicks, olderThan: new Date(Date.now() + MINUTE), limit: 1_000 });
  const run = { namespace: 'default', pipeline: ref.pipeline, run: 1 };
  expect(await toDispatch('interval')).toContainEqual(run);
  expect(await toDispatch('cron')).not.toContainEqual(run);
  expect(await undispatched(true)).toContainEqual(run);
  expect(await undispatched(false)).not.toContainEqual(run);
});

test('one with very much to make up for does not delay the others', async () => {
  const noisy = await subscribe('interval', noon - 24 * HOUR, { every: '1m', catch_up: 'all' });
  const quiet = await subscribe('interval', noon, { every: '10m' });
  await serveTicks(deps, 'interval', noon + 10 * MINUTE);
  expect(await nominalTimes(quiet)).toEqual(['12:10']);
  expect(await nominalTimes(noisy)).toHaveLength(10);
  await store.db.subscription.deleteMany({ where: { pipelineId: noisy.pipeline } });
});

test('parameters that are not valid any more make it idle, and say why', async () => {
  const ref = await subscribe('interval', noon, { every: '1s' });
  expect(await planSubscription(deps, ref)).toEqual({ kind: 'idle' });
  const row = await store.db.subscription.findFirstOrThrow({ where: { pipelineId: ref.pipeline } });
  expect(row).toMatchObject({ status: 'error', reason: 'failed', tickDue: null });
  expect(row.description).toContain('every: must be at least 1m');
});

/** Has a run of a pipeline end, with nobody executing it. */
async function endedRun(
  pipeline: string,
  depth?: number,
): Promise<{ namespace: string; pipeline: string; run: number }> {
  const { lastRun } = await store.db.pipeline.update({
    where: { namespaceId_pipelineId: { namespaceId: 'default', pipelineId: pipeline } },
    data: { lastRun: { increment: 1 } },
  });
  const key = { namespaceId: 'default', pipelineId: pipeline, runId: lastRun };
  await store.db.run.create({
    data: { ...key, version: 1, initiatorId: '0', initiatorUser: 'test', variables: [], dispatched: new Date() },
  });
  if (depth !== undefined) await store.db.runTrigger.create({ data: { ...key, source: 'x/y', identity: 'z', depth } });
  const run = { namespace: 'default', pipeline, run: lastRun };
  await markRunComplete(store.db, run, { status: 'successful' });
  return run;
}

test('the end of a run starts a run of another pipeline once, until that looks like a loop', async () => {
  const upstream = await createPipeline();
  const ref = await subscribe('pipeline', noon, { pipeline: upstream });
  const first = await endedRun(upstream);
  expect(await handleEnd(deps, ref, first)).toBe(0);
  await handleEnd(deps, ref, first);
  const triggers = () =>
    store.db.runTrigger.findMany({ where: { pipelineId: ref.pipeline }, orderBy: { runId: 'asc' } });
  expect(await triggers()).toMatchObject([
    { source: 'pipeline/some', identity: `run:default/${upstream}/1`, depth: 1 },
  ]);
  const run = await store.db.run.findFirstOrThrow({ where: { pipelineId: ref.pipeline } });
  expect(run.variables).toContainEqual({ key: 'GOFER_EXTENSION_PIPELINE_RUN', value: '1', source: 'run_options' });

  await handleEnd(deps, ref, await endedRun(upstream, 10));
  expect(await triggers()).toHaveLength(1);
  const { description } = await store.db.subscription.findFirstOrThrow({ where: { pipelineId: ref.pipeline } });
  expect(description).toContain('10 runs have started one another, which looks like a loop');
});

test('the ends of runs are handed on in order, once, also after a failure, and by one at a time', async () => {
  const pipeline = await createPipeline();
  const read = async (work: (ends: readonly WatchedEnd[]) => Promise<void>) => {
    while ((await readRunEnds(store.db, 3, work)) > 0);
  };
  await read(async () => undefined);
  for (let count = 0; count < 8; count += 1) await endedRun(pipeline);
  const seen: number[] = [];
  await expect(read(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed');
  const take = async (ends: readonly WatchedEnd[]) => void seen.push(...ends.map(({ run }) => run.run));
  await Promise.all([read(take), read(take), read(take)]);
  await read(take);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
