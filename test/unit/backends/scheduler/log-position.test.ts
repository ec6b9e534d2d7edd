import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sinceParameter } from '../../../../backends/scheduler/docker/log-stream.ts';
import { advance } from '../../../../backends/scheduler/contract.ts';
import { entriesAfter, newest } from '../../../../backends/scheduler/log-position.ts';

/** Logs as engines write them: in order within a stream, slightly out of order across the two. */
const logs = fc
  .array(fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), at: fc.nat(4), delay: fc.nat(2) }))
  .map((steps) => {
    const latest = { stdout: 0, stderr: 0 };
    let now = 10;
    return steps.map(({ stream, at, delay }, index) => {
      now += at;
      latest[stream] = Math.max(latest[stream], now - delay);
      return { stream, timestamp: `2026-01-02T03:04:05.${String(latest[stream]).padStart(9, '0')}Z`, index };
    });
  });

it('finds the rest of a log behind any position, read again from any earlier place', () => {
  fc.assert(
    fc.property(logs, fc.nat(), fc.nat(), (log, cutSeed, slack) => {
      const cut = cutSeed % (log.length + 1);
      const position = log.slice(0, cut).reduce(advance, {});
      const from = Number(newest(position)?.slice(20, 29) ?? 0) - 4 - (slack % 10);
      const readAgain = log.filter((entry) => Number(entry.timestamp.slice(20, 29)) >= from);
      const rest = readAgain.filter(entriesAfter(position));
      expect(rest.map((entry) => entry.index)).toEqual(log.slice(cut).map((entry) => entry.index));
    }),
  );
});

it('asks the engine for everything since a little before the newest entry', () => {
  expect(sinceParameter({})).toBeUndefined();
  const stdout = { timestamp: '2026-01-02T03:04:05.123456789Z', entries: 1 };
  const stderr = { timestamp: '2026-01-02T03:04:09.500000001Z', entries: 1 };
  const seconds = Date.parse('2026-01-02T03:04:07.500Z') / 1000;
  expect(sinceParameter({ stdout, stderr })).toBe(seconds.toFixed(3));
});
