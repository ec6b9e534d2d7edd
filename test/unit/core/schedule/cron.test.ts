import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCron } from '../../../../core/schedule/cron-expression.ts';
import { cronSchedule, nextCronTime, type RepeatedTimes, type SkippedTimes } from '../../../../core/schedule/cron.ts';
import { openZone } from '../../../../core/schedule/zone.ts';

interface Row {
  readonly expression: string;
  readonly zone: string;
  readonly skipped: SkippedTimes;
  readonly repeated: RepeatedTimes;
  readonly after: string;
  readonly next: string | null;
}

/** Made by scripts/cron-table.py, which has no code in common with ours. */
const table = JSON.parse(
  readFileSync(new URL('../../../fixtures/cron/table.json', import.meta.url), 'utf8'),
) as readonly Row[];

function times(count: number, expression: string, zone: string, after: string, policy = {}): string[] {
  const schedule = cronSchedule(parseCron(expression), openZone(zone), policy);
  const found: string[] = [];
  let next = nextCronTime(schedule, Date.parse(after));
  while (next !== undefined && found.length < count) {
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    next = nextCronTime(schedule, next);
  }
  return found;
}

test('the table has enough rows, and weeks of changed clocks in three zones', () => {
  expect(table.length).toBeGreaterThanOrEqual(200);
  const changing = table.filter(({ zone }) => /Berlin|New_York|Lord_Howe/.test(zone));
  expect(new Set(changing.map(({ zone }) => zone)).size).toBe(3);
  expect(changing.length).toBeGreaterThan(150);
});

test.each(table)(
  '$expression in $zone ($skipped, $repeated) runs next behind $after at $next',
  ({ expression, zone, skipped, repeated, after, next }) => {
    const schedule = cronSchedule(parseCron(expression), openZone(zone), { skipped, repeated });
    expect(nextCronTime(schedule, Date.parse(after))).toBe(next === null ? undefined : Date.parse(next));
  },
);

describe('clocks that change', () => {
  // In Berlin it is 02:00 to 03:00 on 29 March 2026 never, and on 25 October 2026 twice.
  const SPRING = '2026-03-28T20:00:00Z';
  const AUTUMN = '2026-10-24T20:00:00Z';

  test('a skipped time runs when clocks have jumped, or not at all', () => {
    expect(times(2, '30 2 * * *', 'Europe/Berlin', SPRING)).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z']);
    expect(times(1, '30 2 * * *', 'Europe/Berlin', SPRING, { skipped: 'skip' })).toEqual(['2026-03-30T00:30Z']);
  });

  test('many skipped times, and the one at the jump itself, are one run', () => {
    expect(times(3, '*/10 2,3 * * *', 'Europe/Berlin', SPRING, { skipped: 'next' })).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T01:10Z',
      '2026-03-29T01:20Z',
    ]);
  });

  test('a repeated time runs once, or twice', () => {
    expect(times(2, '30 2 * * *', 'Europe/Berlin', AUTUMN)).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    expect(times(3, '30 2 * * *', 'Europe/Berlin', AUTUMN, { repeated: 'both' })).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  test('several times of the repeated hour come in the order of time, not of the clock', () => {
    expect(times(4, '0,45 2 * * *', 'Europe/Berlin', AUTUMN, { repeated: 'both' })).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:45Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:45Z',
    ]);
  });

  test('what runs every hour goes by the minutes that pass', () => {
    expect(times(4, '30 * * * *', 'Europe/Berlin', '2026-03-28T23:45:00Z')).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:30Z',
      '2026-03-29T02:30Z',
      '2026-03-29T03:30Z',
    ]);
    expect(times(4, '30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:30Z',
      '2026-10-25T03:30Z',
    ]);
  });

  test('half an hour on Lord Howe, and a whole day in Samoa', () => {
    expect(times(2, '15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z')).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ]);
    // Samoa had no 30 December 2011.
    expect(times(2, '0 12 30 12 *', 'Pacific/Apia', '2011-12-01T00:00:00Z')).toEqual([
      '2011-12-30T10:00Z',
      '2012-12-29T22:00Z',
    ]);
  });

  test('every minute of a month has its runs, whatever clocks do', () => {
    const schedule = cronSchedule(parseCron('* * * * *'), openZone('America/New_York'));
    let time = Date.parse('2026-10-31T00:00:00Z');
    for (let minute = 0; minute < 3 * 1440; minute += 1) {
      const next = nextCronTime(schedule, time);
      expect(next).toBe(time + 60_000);
      time += 60_000;
    }
  });
});

test('what never comes is found out at once', () => {
  const begin = performance.now();
  for (const expression of ['0 0 31 2 *', '0 0 31 2 * *', '0 0 30 2,2 * *', '0 0 1 1 * 1970-2025']) {
    expect(times(1, expression, 'UTC', '2026-01-01T00:00:00Z')).toEqual([]);
  }
  expect(times(1, '0 0 29 2 1 *', 'UTC', '2072-03-01T00:00:00Z')).toEqual(['2112-02-29T00:00Z']);
  expect(performance.now() - begin).toBeLessThan(1000);
});

test('times ascend, and there is none between two that follow each other', () => {
  const field = (max: number, min = 0) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min, max }).map(String),
      fc.integer({ min: 2, max: 6 }).map((n) => `*/${n}`),
    );
  const expressions = fc
    .tuple(field(59), field(23), fc.constant('*'), fc.constant('*'), field(6))
    .map((fields) => fields.join(' '));
  const zones = fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC');
  const instants = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-01-01') });
  fc.assert(
    fc.property(expressions, zones, instants, fc.integer({ min: 1, max: 86_400_000 }), (text, zone, after, step) => {
      const schedule = cronSchedule(parseCron(text), openZone(zone));
      const next = nextCronTime(schedule, after);
      if (next === undefined) throw new Error('these all have a next time');
      expect(next).toBeGreaterThan(after);
      const between = Math.min(after + step, next - 1);
      expect(nextCronTime(schedule, between)).toBe(next);
    }),
  );
});
