import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../../core/duration.ts';
import { jitter, nextIntervalTime } from '../../../../core/schedule/interval.ts';

const HOUR = 3_600_000;

test.each([
  ['60s', 60_000],
  ['1m', 60_000],
  ['3h30m', 3.5 * HOUR],
  ['1.5h', 1.5 * HOUR],
  ['.5h', HOUR / 2],
  ['1.h', HOUR],
  ['1m1m', 120_000],
  ['10s1h', HOUR + 10_000],
  ['-5m', -300_000],
  ['+5m', 300_000],
  ['0', 0],
  ['1ms', 1],
  ['1500us', 1.5],
  ['1500µs', 1.5],
  ['1500μs', 1.5],
  ['1500ns', 0.0015],
  ['2562047h', 2_562_047 * HOUR],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
});

test.each([
  '90',
  '',
  '1d',
  '1w',
  '1h 30m',
  '1H',
  '1e3s',
  '2562048h',
  '.h',
  '.',
  '-',
  'h',
  '1',
  ' 1s',
  '1s ',
  '1s\n',
  '--1s',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('durations are written as they are read', () => {
  expect(formatDuration(90 * 60_000)).toBe('1h30m');
  expect(formatDuration(60_000)).toBe('1m');
  expect(formatDuration(250)).toBe('250ms');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
    }),
  );
});

test('the first run is one pause behind the beginning, and every other at a whole number of pauses', () => {
  const schedule = { origin: 1_000_000, every: 60_000 };
  expect(nextIntervalTime(schedule, 0)).toBe(1_060_000);
  expect(nextIntervalTime(schedule, 1_000_000)).toBe(1_060_000);
  expect(nextIntervalTime(schedule, 1_059_999)).toBe(1_060_000);
  expect(nextIntervalTime(schedule, 1_060_000)).toBe(1_120_000);
  fc.assert(
    fc.property(fc.nat(1e12), fc.double({ min: 1000, max: 1e9, noNaN: true }), fc.nat(1e13), (origin, every, after) => {
      const next = nextIntervalTime({ origin, every }, after);
      expect(next).toBeGreaterThan(after);
      expect(next - Math.max(after, origin)).toBeLessThanOrEqual(every * 1.001 + 1);
    }),
  );
});

test('jitter stays below its limit, is the same every time, and spreads evenly', () => {
  const values = Array.from({ length: 10_000 }, (_, tick) =>
    jitter('default/simple/interval/every-5m', tick * 60_000, 1000),
  );
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThan(1000);
  for (const tenth of Array.from({ length: 10 }, (_, index) => index * 100)) {
    const share = values.filter((value) => value >= tenth && value < tenth + 100).length;
    expect(share).toBeGreaterThan(850);
    expect(share).toBeLessThan(1150);
  }
  expect(jitter('a', 1, 1000)).toBe(jitter('a', 1, 1000));
  expect(jitter('a', 1, 0)).toBe(0);
});
