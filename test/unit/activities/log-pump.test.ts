import { expect, test } from 'vitest';
import { startLogPump } from '../../../activities/log-pump.ts';
import type { LogWriter } from '../../../backends/logs/contract.ts';
import type { LogEntry, Scheduler } from '../../../backends/scheduler/contract.ts';
import { createNullScheduler } from '../../../backends/scheduler/null.ts';

const entry = (number: number, size = 10): LogEntry => ({
  stream: 'stdout',
  timestamp: `2026-01-02T03:04:05.${String(number).padStart(9, '0')}Z`,
  data: Buffer.alloc(size, 'x'),
});

/** An engine whose log a test fills. */
function engine() {
  const waiting: LogEntry[] = [];
  let wake = () => {};
  let over = false;
  let taken = 0;
  const followLog: Scheduler['followLog'] = async function* (_id, _after, signal) {
    signal.addEventListener('abort', () => wake());
    for (;;) {
      signal.throwIfAborted();
      const next = waiting.shift();
      if (next) {
        taken += 1;
        yield next;
      } else if (over) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    scheduler: { ...createNullScheduler(), followLog },
    print: (...entries: LogEntry[]) => {
      waiting.push(...entries);
      wake();
    },
    end: () => {
      over = true;
      wake();
    },
    taken: () => taken,
  };
}

/** A log whose appends a test may hold up. */
function log(hold: () => Promise<void> = async () => undefined) {
  const batches: number[] = [];
  let finished = false;
  const writer: LogWriter = {
    position: undefined,
    finished: false,
    async append(entries) {
      batches.push(entries.length);
      await hold();
    },
    note: async () => undefined,
    async finish() {
      finished = true;
    },
  };
  return { writer, batches, isFinished: () => finished };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a lone line is written at once; what comes while it is written goes together', async () => {
  const gate = Promise.withResolvers<void>();
  const { scheduler, print, end } = engine();
  const { writer, batches, isFinished } = log(() => gate.promise);
  const pump = startLogPump(scheduler, 'id', writer);
  print(entry(1));
  await settled();
  expect(batches).toEqual([1]);
  print(entry(2), entry(3), entry(4));
  await settled();
  end();
  const drained = pump.drain();
  await settled();
  expect(isFinished()).toBe(false);
  gate.resolve();
  await drained;
  expect(batches).toEqual([1, 3]);
  expect(isFinished()).toBe(true);
});

test('a slow log holds the engine up, so that memory stays bounded', async () => {
  const gate = Promise.withResolvers<void>();
  const { scheduler, print, end, taken } = engine();
  const { writer, batches } = log(() => gate.promise);
  const pump = startLogPump(scheduler, 'id', writer);
  print(...Array.from({ length: 1000 }, (_, index) => entry(index, 16_384)));
  for (let look = 0; look < 10; look++) await settled();
  expect(taken()).toBeLessThan(300);
  gate.resolve();
  end();
  await pump.drain();
  expect(batches.reduce((sum, count) => sum + count)).toBe(1000);
});

test('what is abandoned is not finished, not even while it is drained', async () => {
  const { scheduler, print } = engine();
  const { writer, isFinished } = log();
  const pump = startLogPump(scheduler, 'id', writer);
  print(entry(1));
  const drained = pump.drain();
  await pump.abandon();
  await expect(drained).rejects.toThrow('let go');
  expect(isFinished()).toBe(false);
});

test('a log that fails makes draining fail', async () => {
  const { scheduler, print, end } = engine();
  const { writer, isFinished } = log(() => Promise.reject(new Error('no room')));
  const pump = startLogPump(scheduler, 'id', writer);
  print(entry(1));
  end();
  await expect(pump.drain()).rejects.toThrow('no room');
  expect(isFinished()).toBe(false);
});

test('a finished log is left alone', async () => {
  const { scheduler, print, taken } = engine();
  const { writer, batches, isFinished } = log();
  print(entry(1));
  await startLogPump(scheduler, 'id', { ...writer, finished: true }).drain();
  expect([taken(), batches, isFinished()]).toEqual([0, [], false]);
});

test('entries are changed on their way', async () => {
  const { scheduler, print, end } = engine();
  const written: string[] = [];
  const { writer } = log();
  const append: LogWriter['append'] = async (entries) => {
    written.push(...entries.map(({ data }) => String(data)));
  };
  const pump = startLogPump(scheduler, 'id', { ...writer, append }, async function* (entries) {
    for await (const each of entries) yield { ...each, data: Buffer.from('***') };
  });
  print(entry(1), entry(2));
  end();
  await pump.drain();
  expect(written).toEqual(['***', '***']);
});
