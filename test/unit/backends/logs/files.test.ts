import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../../../backends/logs/files.ts';
import type { LogLine } from '../../../../backends/logs/contract.ts';
import type { LogEntry } from '../../../../backends/scheduler/contract.ts';
import { advance } from '../../../../backends/scheduler/log-position.ts';

const folder = await mkdtemp(join(tmpdir(), 'gofer-logs-'));
const store = createFileLogStore(folder);
const never = new AbortController().signal;
afterAll(() => rm(folder, { recursive: true }));

let runs = 0;
function newTask() {
  runs += 1;
  return { namespace: 'default', pipeline: 'nightly', run: runs, task: 'build' };
}

function pathOf(task: ReturnType<typeof newTask>): string {
  return join(folder, task.namespace, task.pipeline, String(task.run), `${task.task}.log`);
}

const time = (nanoseconds: number, second = 5) =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.${String(nanoseconds).padStart(9, '0')}Z`;

function entry(at: string, data: string | Uint8Array, stream: LogEntry['stream'] = 'stdout'): LogEntry {
  return { stream, timestamp: at, data: Buffer.from(data) };
}

function line(at: string, text: string, more: Partial<LogLine> = {}): LogLine {
  return { stream: 'stdout', timestamp: at, text, terminated: true, ...more };
}

async function write(task: ReturnType<typeof newTask>, entries: readonly LogEntry[], finish = true): Promise<void> {
  const writer = await store.openWriter(task);
  await writer.append(entries);
  if (finish) await writer.finish();
  await writer.close();
}

async function readAll(task: ReturnType<typeof newTask>, signal = never): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const each of store.read(task, signal)) lines.push(each);
  return lines;
}

describe('reading', () => {
  it('gives back what was written, in order', async () => {
    const task = newTask();
    await write(task, [
      entry(time(1), 'one\n'),
      entry(time(1), '\n', 'stderr'),
      entry(time(2), 'GOFER_EOF\n'),
      entry(time(3), Uint8Array.of(0x66, 0xff, 0x0a)),
      entry(time(4), 'never ended'),
    ]);
    expect(await readAll(task)).toEqual([
      line(time(1), 'one'),
      line(time(1), '', { stream: 'stderr' }),
      line(time(2), 'GOFER_EOF'),
      line(time(3), 'f\ufffd'),
      line(time(4), 'never ended', { terminated: false }),
    ]);
  });

  it('joins the parts of long lines, characters cut in half included, even when the other stream interrupts', async () => {
    const task = newTask();
    const euro = Buffer.from('€');
    await write(task, [
      entry(time(1), Buffer.concat([Buffer.from('a'), euro.subarray(0, 1)])),
      entry(time(2), 'other\n', 'stderr'),
      entry(time(1), Buffer.concat([euro.subarray(1), Buffer.from('z\n')])),
    ]);
    expect(await readAll(task)).toEqual([line(time(2), 'other', { stream: 'stderr' }), line(time(1), 'a€z')]);
  });

  it('passes overlong lines on in pieces', async () => {
    const task = newTask();
    const part = 'x'.repeat(100_000);
    await write(task, [...Array.from({ length: 25 }, () => entry(time(1), part)), entry(time(1), 'end\n')]);
    const lines = await readAll(task);
    expect(lines.map((each) => each.terminated)).toEqual([false, false, true]);
    expect(lines.map((each) => each.text).join('')).toBe(`${part.repeat(25)}end`);
  });

  it('splits an entry that has newlines within, so that no output can pass for the end marker', async () => {
    const task = newTask();
    await write(task, [entry(time(1), 'a\nGOFER_EOF\n\nb')]);
    expect((await readAll(task)).map((each) => each.text)).toEqual(['a', 'GOFER_EOF', '', 'b']);
  });

  it('follows a log from before it exists until it is finished, for many readers at once', async () => {
    const task = newTask();
    const readers = Array.from({ length: 5 }, () => readAll(task));
    const writer = await store.openWriter(task);
    const expected: LogLine[] = [];
    for (let batch = 0; batch < 50; batch++) {
      const entries = Array.from({ length: 40 }, (_, i) => entry(time(batch * 100 + i), `line ${batch}.${i}\n`));
      await writer.append(entries);
      expected.push(...entries.map((each, i) => line(each.timestamp, `line ${batch}.${i}`)));
    }
    await writer.finish();
    await writer.close();
    for (const lines of await Promise.all(readers)) expect(lines).toEqual(expected);
  });

  it('delivers a line as soon as it is written', async () => {
    const task = newTask();
    const writer = await store.openWriter(task);
    const reader = store.read(task, never)[Symbol.asyncIterator]();
    for (const text of ['first', 'second']) {
      const next = reader.next();
      await writer.append([entry(time(1), `${text}\n`)]);
      expect(await next).toMatchObject({ value: { text } });
    }
    const last = reader.next();
    await writer.finish();
    expect(await last).toMatchObject({ done: true });
    await writer.close();
  });

  it('ends quietly when the signal aborts, with and without a file', async () => {
    const task = newTask();
    const abort = new AbortController();
    const without = readAll(task, abort.signal);
    const other = newTask();
    await write(other, [entry(time(1), 'one\n')], false);
    const reader = store.read(other, abort.signal)[Symbol.asyncIterator]();
    await reader.next();
    const next = reader.next();
    abort.abort();
    expect(await without).toEqual([]);
    expect(await next).toMatchObject({ done: true });
  });

  it('ends when the log is removed', async () => {
    const task = newTask();
    await write(task, [entry(time(1), 'one\n')], false);
    const reader = store.read(task, never)[Symbol.asyncIterator]();
    expect(await reader.next()).toMatchObject({ value: { text: 'one' } });
    const next = reader.next();
    await store.remove(task);
    expect(await next).toMatchObject({ done: true });
    expect(await readdir(join(folder, 'default', 'nightly'))).not.toContain(String(task.run));
    await store.remove(task);
  });
});

describe('writing after a crash', () => {
  const entries = [
    entry(time(1), 'long ago\n', 'stderr'),
    entry(time(0, 50), 'one\n'),
    entry(time(7, 50), 'two\n'),
    entry(time(6, 50), 'late\n', 'stderr'),
    entry(time(7, 50), 'three'),
  ];

  it('continues at any byte of a torn log, as if nothing had happened', async () => {
    const whole = newTask();
    await write(whole, entries);
    const bytes = await readFile(pathOf(whole));
    const expected = await readAll(whole);
    for (let size = 0; size <= bytes.length; size++) {
      const task = newTask();
      await write(task, []);
      await writeFile(pathOf(task), bytes);
      await truncate(pathOf(task), size);
      const writer = await store.openWriter(task);
      // What is whole in the file, found by the definition of the format: entries are lines.
      const kept = bytes
        .subarray(0, size)
        .toString()
        .split('\n')
        .slice(0, -1)
        .filter((each) => each !== 'GOFER_EOF').length;
      const { stderr, ...position } = entries.slice(0, kept).reduce(advance, {});
      const remembered = stderr && (kept < 2 || kept > 3) ? { ...position, stderr } : position;
      expect(writer.position).toEqual(kept === 0 ? undefined : remembered);
      await writer.append(entries.slice(kept));
      await writer.finish();
      await writer.close();
      expect(await readAll(task)).toEqual(expected);
    }
  });

  it('reads only the end of a large log', async () => {
    const task = newTask();
    await write(task, [], false);
    const old = Array.from({ length: 300_000 }, (_, i) => `${time(i, 1)} o some words of output\n`).join('');
    await appendFile(pathOf(task), `${old}${time(3, 30)} e x\n${time(4, 30)} o y\n${time(4, 30)} O z\n`);
    const writer = await store.openWriter(task);
    expect(writer.position).toEqual({
      stdout: { timestamp: time(4, 30), entries: 2 },
      stderr: { timestamp: time(3, 30), entries: 1 },
    });
    await writer.close();
  });

  it('lets a reader go on across the change of writers', async () => {
    const task = newTask();
    await write(task, [entry(time(1), 'one\n')], false);
    await appendFile(pathOf(task), `${time(2)} o tor`);
    const lines = readAll(task);
    await write(task, [entry(time(2), 'torn no more\n')]);
    expect((await lines).map((each) => each.text)).toEqual(['one', 'torn no more']);
  });
});

it.each(['..', '.', '', 'a/b', 'a\\b'])('refuses the name %j', async (task) => {
  await expect(store.openWriter({ ...newTask(), task })).rejects.toThrow('cannot name a log');
});
