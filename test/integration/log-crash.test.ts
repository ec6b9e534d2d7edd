import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { LogStore } from '../../backends/logs/contract.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import type { TaskRef } from '../../core/ids.ts';
import { createLogStore } from '../../services/logs/index.ts';
import { LogWakes } from '../../services/logs/wakes.ts';
import { openStore } from '../../store/client.ts';
import { listen } from '../../store/listen.ts';
import { LOG_CHANNEL } from '../../store/logs.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { createRuns } from './helpers/log-records.ts';
import { numberedEntry, numberedLine, type NumberedLog } from './helpers/numbered-log.ts';

const { databaseUrl } = inject('cluster');
const store = openStore(databaseUrl, () => undefined);
const { db } = store;
let folder: string;
let logs: LogStore;

beforeAll(async () => {
  folder = await temporaryFolder();
  logs = createLogStore({ db, objects: createFileObjectStore(folder), wakes: new LogWakes() });
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function newTask(ended: Date | null = new Date()): Promise<TaskRef> {
  const [task] = await createRuns(db, uniqueId('log'), 1, ended);
  return task!;
}

/** A process that writes the first attempt's log. */
function startWriter(task: TaskRef, log: NumberedLog): ChildProcess {
  const script = join(import.meta.dirname, 'helpers', 'log-writer.ts');
  const args = [databaseUrl, folder, JSON.stringify({ ...task, attempt: 1 }), JSON.stringify(log)];
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], { stdio: 'inherit' });
}

async function bytesOf({ pipeline }: TaskRef): Promise<number> {
  const log = await db.log.findFirst({ where: { pipelineId: pipeline } });
  return Number(log?.bytes ?? 0);
}

/** Waits until so many bytes have been written, or the process has ended by itself. */
async function untilWritten(task: TaskRef, bytes: number, writer: ChildProcess): Promise<void> {
  while (writer.exitCode === null && (await bytesOf(task)) < bytes) await sleep(5);
}

async function textOf(task: TaskRef): Promise<string> {
  let text = '';
  for await (const lines of logs.read(task, { follow: true, signal: new AbortController().signal })) {
    text += lines.map((line) => `${line.text}\n`).join('');
  }
  return text;
}

const textUpTo = (lines: number) =>
  Array.from({ length: lines }, (_, index) => `${numberedLine(index + 1)}\n`).join('');

test('a log has every byte once, however often its writers are killed', async () => {
  const task = await newTask();
  const lines = 120_000;
  // Small ones come together until they are moved, large ones take them along.
  const log = { lines, batches: [1, 7, 300, 900, 2, 1500, 1000, 1800, 5, 1900, 6000, 1] };
  let killed = 0;
  for (;;) {
    const writer = startWriter(task, log);
    const exited = once(writer, 'exit');
    await untilWritten(task, (await bytesOf(task)) + 1 + Math.random() * 3_000_000, writer);
    if (writer.exitCode === null) writer.kill('SIGKILL');
    const [code] = await exited;
    if (code === 0) break;
    expect(code).toBe(null);
    killed += 1;
  }
  expect(killed).toBeGreaterThan(3);
  expect(await textOf(task)).toBe(textUpTo(lines));
  const segments = await db.logSegment.findMany({
    where: { log: { pipelineId: task.pipeline } },
    orderBy: { start: 'asc' },
  });
  let end = 0;
  for (const segment of segments) {
    expect(Number(segment.start)).toBe(end);
    end += segment.length;
  }
  expect(end).toBe(await bytesOf(task));
}, 120_000);

test('a writer that was only cut off cannot write beside its successor', async () => {
  const task = await newTask();
  const lines = 30_000;
  const log = { lines, batches: [3, 500, 40] };
  const cutOff = startWriter(task, log);
  const cutOffExited = once(cutOff, 'exit');
  await untilWritten(task, 200_000, cutOff);
  cutOff.kill('SIGSTOP');
  const successor = startWriter(task, log);
  const successorExited = once(successor, 'exit');
  await untilWritten(task, 400_000, successor);
  cutOff.kill('SIGCONT');
  expect((await successorExited)[0]).toBe(0);
  expect((await cutOffExited)[0]).toBe(3);
  expect(await textOf(task)).toBe(textUpTo(lines));
});

test('lines written by one process are read by another within 300 ms', async () => {
  const task = await newTask(null);
  const wakes = new LogWakes();
  const reading = createLogStore({ db, objects: createFileObjectStore(folder), wakes });
  const listener = await listen({
    url: databaseUrl,
    channels: [LOG_CHANNEL],
    onNotification: (_channel, key) => wakes.wake(key),
    onListening: () => undefined,
    onError: () => undefined,
  });
  const writer = startWriter(task, { lines: 100, batches: [1], pauseMs: 20 });
  const exited = once(writer, 'exit');
  const delays: number[] = [];
  for await (const lines of reading.read(task, { attempt: 1, follow: true, signal: AbortSignal.timeout(50_000) })) {
    for (const { timestamp } of lines) delays.push(Date.now() - Date.parse(timestamp));
  }
  expect((await exited)[0]).toBe(0);
  await listener.close();
  expect(delays).toHaveLength(100);
  expect(delays.toSorted((a, b) => a - b)[95]).toBeLessThan(300);
});

test('an object store that fails costs no line: another writer goes on behind the last one written', async () => {
  const task = await newTask();
  const broken = createLogStore({
    db,
    wakes: new LogWakes(),
    objects: { ...createFileObjectStore(folder), put: () => Promise.reject(new Error('no room')) },
  });
  const ref = { ...task, attempt: 1 };
  const entries = Array.from({ length: 20_000 }, (_, index) => numberedEntry(index + 1));
  const writer = await broken.openWriter(ref);
  await writer.append(entries.slice(0, 10));
  await expect(writer.append(entries.slice(10))).rejects.toThrow('no room');
  const successor = await logs.openWriter(ref);
  expect(successor.position).toEqual({ stdout: { timestamp: entries[9]!.timestamp, entries: 1 } });
  await successor.append(entries.slice(10));
  await successor.finish();
  expect(await textOf(task)).toBe(textUpTo(20_000));
});
