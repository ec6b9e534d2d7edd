import { readdir, rm } from 'node:fs/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { LogStore } from '../../backends/logs/contract.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import type { ObjectStore } from '../../backends/objects/contract.ts';
import type { TaskRef } from '../../core/ids.ts';
import { expireLogs } from '../../services/log-retention.ts';
import { createLogStore } from '../../services/logs/index.ts';
import { LogWakes } from '../../services/logs/wakes.ts';
import { openStore } from '../../store/client.ts';
import type { LogRetention } from '../../store/log-retention.ts';
import { listLogBlobs } from '../../store/logs.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { createRuns } from './helpers/log-records.ts';
import { numberedEntry, numberedLine } from './helpers/numbered-log.ts';

const store = openStore(inject('cluster').databaseUrl, () => undefined);
const { db } = store;
let folder: string;
let objects: ObjectStore;
let logs: LogStore;

beforeAll(async () => {
  folder = await temporaryFolder();
  objects = createFileObjectStore(folder);
  logs = createLogStore({ db, objects, wakes: new LogWakes() });
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function write(task: TaskRef, lines: number): Promise<void> {
  const writer = await logs.openWriter({ ...task, attempt: 1 });
  await writer.append(Array.from({ length: lines }, (_, index) => numberedEntry(index + 1)));
  await writer.finish();
}

async function countBlobs(): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /[0-9a-f-]{36}$/.test(name)).length;
}

test('logs expire with their bytes beyond the newest runs or an age, but never those of a run in progress', async () => {
  const logger = pino({ level: 'silent' });
  const deps = { db, objects, logger };
  const forAges = { runs: 1_000_000, maxAge: 0 };
  const runs = await createRuns(db, uniqueId('keep'), 1130, new Date(Date.now() - 3_600_000));
  const [oldest, second, ...others] = runs;
  await db.run.updateMany({
    where: { pipelineId: oldest!.pipeline, runId: { in: [2, 1129] } },
    data: { state: 'running', ended: null },
  });
  await db.run.updateMany({
    where: { pipelineId: oldest!.pipeline, runId: 1130 },
    data: { state: 'pending', ended: null },
  });
  await write(oldest!, 20_000);
  for (const run of [second!, others[0]!, others[6]!]) await write(run, 1);
  const expire = async (retention: LogRetention) => {
    while ((await expireLogs(deps, retention)).more);
  };
  const withLogs = async () => {
    const tasks = await db.taskExecution.findMany({
      where: { pipelineId: oldest!.pipeline, logsExpired: false },
      orderBy: { runId: 'asc' },
    });
    return tasks.map(({ runId }) => runId);
  };
  const blobs = await listLogBlobs(db, 'default', oldest!.pipeline);
  const before = await countBlobs();

  await expire(forAges);
  expect(await withLogs()).toHaveLength(1130);
  // Of the runs that have begun, 1129 is the newest. No other test has so many runs that it would be concerned.
  await expire({ ...forAges, runs: 1010 });
  expect(await withLogs()).toEqual([2, ...Array.from({ length: 1011 }, (_, index) => 120 + index)]);
  expect(await countBlobs()).toBe(before - blobs.length);
  expect((await logs.tail(second!, 10)).map(({ text }) => text)).toEqual([numberedLine(1)]);
  await expire({ ...forAges, maxAge: 7200 });
  expect(await withLogs()).toHaveLength(1012);
  await expire({ ...forAges, maxAge: 1800 });
  expect(await withLogs()).toEqual([2, 1129, 1130]);
  expect(await expireLogs(deps, { ...forAges, maxAge: 1800 })).toEqual({ done: 0, more: false });
});
