import { readdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { LogFencedError, type LogLine, type LogStore, type ReadOptions } from '../../backends/logs/contract.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import type { LogEntry } from '../../backends/scheduler/contract.ts';
import type { TaskRef } from '../../core/ids.ts';
import { createLogStore } from '../../services/logs/index.ts';
import { readLastPage, readLogPage } from '../../services/logs/page.ts';
import { LogWakes } from '../../services/logs/wakes.ts';
import { openStore } from '../../store/client.ts';
import { listen, type Listener } from '../../store/listen.ts';
import { deleteLogs, findLogBlobs, LOG_CHANNEL, listLogBlobs } from '../../store/logs.ts';
import { deletePipeline } from '../../store/pipelines.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { createRuns, endTask } from './helpers/log-records.ts';
import { numberedEntry, numberedLine } from './helpers/numbered-log.ts';

const { databaseUrl } = inject('cluster');
const store = openStore(databaseUrl, () => undefined);
const { db } = store;
const never = new AbortController().signal;
let folder: string;
let logs: LogStore;
let listener: Listener;

beforeAll(async () => {
  folder = await temporaryFolder();
  const wakes = new LogWakes();
  logs = createLogStore({ db, objects: createFileObjectStore(folder), wakes });
  listener = await listen({
    url: databaseUrl,
    channels: [LOG_CHANNEL],
    onNotification: (_channel, task) => wakes.wake(task),
    onListening: () => wakes.wakeAll(),
    onError: () => undefined,
  });
});

afterAll(async () => {
  await listener.close();
  await store.close();
  await rm(folder, { recursive: true });
});

async function newTask(ended: Date | null = null): Promise<TaskRef> {
  const [task] = await createRuns(db, uniqueId('log'), 1, ended);
  return task!;
}

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => numberedEntry(from + i));
const numberedTexts = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => numberedLine(from + i));

/** Writes a log in one go, or in several. */
async function write(task: TaskRef, batches: readonly (readonly LogEntry[])[], attempt = 1): Promise<void> {
  const writer = await logs.openWriter({ ...task, attempt });
  for (const entries of batches) await writer.append(entries);
  await writer.finish();
}

async function read(task: TaskRef, options: Partial<ReadOptions> = {}): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const more of logs.read(task, { follow: true, signal: never, ...options })) lines.push(...more);
  return lines;
}

const texts = (lines: readonly LogLine[]) => lines.map(({ text }) => text);

function segmentsOf({ pipeline }: TaskRef) {
  return db.logSegment.findMany({ where: { log: { pipelineId: pipeline } }, orderBy: { start: 'asc' } });
}

/** How many bytes lie in the object store. */
async function countBlobs(): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /[0-9a-f-]{36}$/.test(name)).length;
}

describe('a log', () => {
  test('is read as it was written; a small one is one row in the end', async () => {
    const task = await newTask(new Date());
    await write(task, [numbered(1, 1), numbered(2, 5), [], numbered(6, 9)]);
    expect(texts(await read(task))).toEqual(numberedTexts(1, 9));
    expect(await segmentsOf(task)).toMatchObject([{ start: 0n, lines: 9, blob: null }]);
  });

  test('goes to the object store where it is large, in one piece with what was waiting in the database', async () => {
    const task = await newTask(new Date());
    await write(task, [numbered(1, 10), numbered(11, 40_000), numbered(40_001, 40_003), numbered(40_004, 40_004)]);
    expect(texts(await read(task))).toEqual(numberedTexts(1, 40_004));
    const segments = await segmentsOf(task);
    expect(segments.map(({ lines, blob }) => [lines, blob !== null])).toEqual([
      [40_000, true],
      [4, false],
    ]);
    expect(segments[1]?.start).toBe(BigInt(segments[0]?.length ?? 0));
  });

  test('moves to the object store when many small pieces have come together', async () => {
    const task = await newTask(new Date());
    const batches = Array.from({ length: 50 }, (_, batch) => numbered(batch * 1000 + 1, (batch + 1) * 1000));
    await write(task, batches);
    expect(texts(await read(task))).toEqual(numberedTexts(1, 50_000));
    const segments = await segmentsOf(task);
    expect(segments.every(({ blob }) => blob !== null)).toBe(true);
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.length).toBeLessThan(4);
  });

  test('is followed by many readers from before it exists until it is finished and its task has ended', async () => {
    const task = await newTask();
    const readers = Array.from({ length: 5 }, () => read(task));
    const batches = Array.from({ length: 60 }, (_, batch) => numbered(batch * 40 + 1, (batch + 1) * 40));
    await write(task, batches);
    await endTask(db, task);
    for (const lines of await Promise.all(readers)) expect(texts(lines)).toEqual(numberedTexts(1, 2400));
  });

  test('has each line read as soon as it is written, and its end as soon as it ends', async () => {
    const task = await newTask();
    const writer = await logs.openWriter({ ...task, attempt: 1 });
    const reader = logs.read(task, { attempt: 1, follow: true, signal: never })[Symbol.asyncIterator]();
    for (let number = 1; number <= 20; number++) {
      const next = reader.next();
      await writer.append([numberedEntry(number)]);
      expect(await next).toMatchObject({ value: [{ text: numberedLine(number), attempt: 1 }] });
    }
    const last = reader.next();
    await writer.finish();
    expect(await last).toMatchObject({ done: true });
  });

  test('is read on behind any position, wherever its bytes lie', async () => {
    const task = await newTask(new Date());
    await write(task, [numbered(1, 3), numbered(4, 30_000), numbered(30_001, 30_002), numbered(30_003, 30_003)]);
    const lines = await read(task);
    for (const index of [0, 2, 3, 17_000, 29_998, 29_999, 30_001, 30_002]) {
      const rest = await read(task, { from: lines[index]!.position });
      expect(rest).toEqual(lines.slice(index + 1));
    }
  });

  test('is read as far as it is without following', async () => {
    const task = await newTask();
    const writer = await logs.openWriter({ ...task, attempt: 1 });
    await writer.append(numbered(1, 3));
    expect(texts(await read(task, { follow: false }))).toEqual(numberedTexts(1, 3));
  });

  test('ends quietly for who does not want to read on', async () => {
    const task = await newTask();
    const abort = new AbortController();
    const waiting = read(task, { signal: abort.signal });
    const other = await newTask();
    const writer = await logs.openWriter({ ...other, attempt: 1 });
    await writer.append(numbered(1, 1));
    const reader = logs.read(other, { follow: true, signal: abort.signal })[Symbol.asyncIterator]();
    await reader.next();
    const next = reader.next();
    abort.abort();
    expect(await waiting).toEqual([]);
    expect(await next).toMatchObject({ done: true });
  });
});

describe('writers', () => {
  test('go on where the one before stopped, and that one can do nothing any more', async () => {
    const task = await newTask(new Date());
    const ref = { ...task, attempt: 1 };
    const first = await logs.openWriter(ref);
    expect(first.position).toBeUndefined();
    await first.append(numbered(1, 3));
    const second = await logs.openWriter(ref);
    expect(second.position).toEqual({ stdout: { timestamp: numberedEntry(3).timestamp, entries: 1 } });
    await expect(first.append(numbered(4, 4))).rejects.toThrow(LogFencedError);
    await expect(first.append(numbered(4, 20_000))).rejects.toThrow(LogFencedError);
    await expect(first.finish()).rejects.toThrow(LogFencedError);
    const blobs = await countBlobs();
    await second.append(numbered(4, 5));
    await second.finish();
    expect(texts(await read(task))).toEqual(numberedTexts(1, 5));
    // What the first one put into the object store is not left there.
    expect(await countBlobs()).toBe(blobs);
    await expect(first.append(numbered(6, 6))).rejects.toThrow(LogFencedError);
  });

  test('count the entries of each stream and time', async () => {
    const ref = { ...(await newTask()), attempt: 1 };
    const { timestamp } = numberedEntry(1);
    const data = Buffer.from('x\n');
    const writer = await logs.openWriter(ref);
    await writer.append([{ stream: 'stdout', timestamp, data }]);
    await writer.append([
      { stream: 'stdout', timestamp, data },
      { stream: 'stderr', timestamp, data: Buffer.from('several\nlines\nin one') },
    ]);
    expect((await logs.openWriter(ref)).position).toEqual({
      stdout: { timestamp, entries: 2 },
      stderr: { timestamp, entries: 1 },
    });
  });

  test('have nothing to do for a log that is finished or removed', async () => {
    const task = await newTask(new Date());
    await write(task, [numbered(1, 2)]);
    const late = await logs.openWriter({ ...task, attempt: 1 });
    expect(late.finished).toBe(true);
    await expect(late.append(numbered(3, 3))).rejects.toThrow(LogFencedError);
    expect(texts(await read(task))).toEqual(numberedTexts(1, 2));

    await deleteLogs(db, task);
    await expect(late.finish()).rejects.toThrow(LogFencedError);
    const none = await logs.openWriter({ ...task, attempt: 1 });
    expect(none.finished).toBe(true);
    expect(await segmentsOf(task)).toEqual([]);
  });

  test('need a task', async () => {
    const task = await newTask();
    await expect(logs.openWriter({ ...task, task: 'other', attempt: 1 })).rejects.toThrow('does not exist');
  });

  test('lose a log that is finished by somebody else', async () => {
    const task = await newTask(new Date());
    const ref = { ...task, attempt: 1 };
    const writer = await logs.openWriter(ref);
    await writer.append(numbered(1, 2));
    await logs.finish(ref);
    await expect(writer.append(numbered(3, 3))).rejects.toThrow(LogFencedError);
    expect(texts(await read(task))).toEqual(numberedTexts(1, 2));
    await logs.finish({ ...task, attempt: 7 });
    expect((await logs.list(task)).logs).toHaveLength(1);
  });
});

describe('the logs of a task', () => {
  test('come one attempt after the other until the task has ended', async () => {
    const task = await newTask();
    const all = read(task);
    const second = read(task, { attempt: 3 });
    const between = read(task, { attempt: 2 });
    await write(task, [numbered(1, 2)], 1);
    await write(task, [numbered(3, 4)], 3);
    await endTask(db, task);
    const lines = await all;
    expect(texts(lines)).toEqual(numberedTexts(1, 4));
    expect(lines.map(({ attempt }) => attempt)).toEqual([1, 1, 3, 3]);
    expect(texts(await second)).toEqual(numberedTexts(3, 4));
    expect(await between).toEqual([]);
    expect(texts(await read(task, { from: lines[0]!.position }))).toEqual(numberedTexts(2, 4));
    expect(texts(await read(task, { from: lines[0]!.position, attempt: 1 }))).toEqual(numberedTexts(2, 2));
    await expect(read(task, { from: lines[0]!.position, attempt: 3 })).rejects.toThrow(
      'must be a position in attempt 3',
    );
  });

  test('end with a task that never had one, and with a run that never began', async () => {
    const task = await newTask();
    const waiting = read(task);
    await endTask(db, task);
    expect(await waiting).toEqual([]);
    expect(await read({ ...task, run: 99 })).toEqual([]);
    expect(await read({ ...task, pipeline: 'none' })).toEqual([]);
  });

  test('end although a dead writer has left one unfinished long ago', async () => {
    const task = await newTask(new Date());
    const writer = await logs.openWriter({ ...task, attempt: 1 });
    await writer.append(numbered(1, 2));
    const waiting = read(task);
    await db.log.updateMany({
      where: { pipelineId: task.pipeline },
      data: { modified: new Date(Date.now() - 180_000) },
    });
    expect(texts(await waiting)).toEqual(numberedTexts(1, 2));
  });
});

describe('parts of a log', () => {
  test('are its last lines, wherever they lie', async () => {
    const task = await newTask(new Date());
    await write(task, [numbered(1, 20_000), numbered(20_001, 20_003)]);
    for (const count of [1, 3, 4, 100, 30_000]) {
      expect(texts(await logs.tail(task, count))).toEqual(numberedTexts(Math.max(1, 20_004 - count), 20_003));
    }
    expect(await logs.tail(task, 0)).toEqual([]);
    expect(await logs.tail(task, 5, 2)).toEqual([]);
  });

  test('are those since a time', async () => {
    const task = await newTask(new Date());
    const at = (second: number): LogEntry => ({
      ...numberedEntry(second),
      timestamp: `2026-01-02T03:00:${String(second).padStart(2, '0')}.500000001Z`,
    });
    await write(task, [[at(1), at(2)], [at(30)], [at(31), at(40)], [at(59)]]);
    const since = (time: string) => read(task, { since: new Date(time) }).then(texts);
    expect(await since('2026-01-02T03:00:31.500Z')).toEqual([31, 40, 59].map(numberedLine));
    expect(await since('2026-01-02T03:00:31.501Z')).toEqual([40, 59].map(numberedLine));
    expect(await since('2026-01-01')).toHaveLength(6);
    expect(await since('2027-01-01')).toEqual([]);
  });

  test('are pages, with filters and without', async () => {
    const task = await newTask();
    await write(task, [numbered(1, 250)]);
    const collected: string[] = [];
    let page = await readLogPage(logs, task, { limit: 100, signal: never });
    for (
      ;
      page.lines.length > 0;
      page = await readLogPage(logs, task, { limit: 100, from: page.next!, signal: never })
    ) {
      expect(page.attempts).toEqual([1]);
      collected.push(...texts(page.lines));
    }
    expect(collected).toEqual(numberedTexts(1, 250));
    // The task may be tried again.
    expect(page.finished).toBe(false);
    expect((await readLogPage(logs, task, { attempt: 1, limit: 1000, signal: never })).finished).toBe(true);
    await endTask(db, task);
    expect((await readLogPage(logs, task, { limit: 1000, signal: never })).finished).toBe(true);
    expect((await readLogPage(logs, task, { limit: 250, signal: never })).finished).toBe(false);
    const found = await readLogPage(logs, task, {
      limit: 1000,
      contains: numberedLine(77).toUpperCase(),
      signal: never,
    });
    expect(texts(found.lines)).toEqual([numberedLine(77)]);
    const last = await readLastPage(logs, task, 2);
    expect(texts(last.lines)).toEqual(numberedTexts(249, 250));
    expect(await readLogPage(logs, task, { limit: 5, from: last.next!, signal: never })).toMatchObject({
      lines: [],
      next: last.next,
      finished: true,
    });
  });
});

describe('what is removed', () => {
  test('is gone with its bytes, for those who are reading as well', async () => {
    const task = await newTask();
    const writer = await logs.openWriter({ ...task, attempt: 1 });
    await writer.append(numbered(1, 20_000));
    await writer.append(numbered(20_001, 20_001));
    const reader = logs.read(task, { follow: true, signal: never })[Symbol.asyncIterator]();
    await reader.next();
    await endTask(db, task);
    const blobs = await deleteLogs(db, task);
    expect(blobs).toHaveLength(1);
    expect(await findLogBlobs(db, blobs)).toEqual(new Set());
    for (const blob of blobs) await createFileObjectStore(folder).remove(blob);
    while (!(await reader.next()).done);
    await expect(writer.append(numbered(20_002, 20_002))).rejects.toThrow(LogFencedError);
    expect(await deleteLogs(db, task)).toEqual([]);
  });

  test('is known by its bytes before its pipeline is deleted', async () => {
    const task = await newTask(new Date());
    await write(task, [numbered(1, 20_000)]);
    const blobs = await listLogBlobs(db, 'default', task.pipeline);
    expect(blobs).toHaveLength(1);
    expect(await findLogBlobs(db, [...blobs, crypto.randomUUID()])).toEqual(new Set(blobs));
    await deletePipeline(db, task);
    expect(await findLogBlobs(db, blobs)).toEqual(new Set());
  });
});
