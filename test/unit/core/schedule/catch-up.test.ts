import { describe, expect, test } from 'vitest';
import { dueTicks, MAX_CAUGHT_UP, type CatchUp, type Ticks } from '../../../../core/schedule/catch-up.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Every ten minutes, on the clock. */
const every: Ticks = {
  next: (after) => (Math.floor(after / (10 * MINUTE)) + 1) * 10 * MINUTE,
  delay: () => 0,
  maxDelay: 0,
};
const policy = (catchUp: CatchUp, window = 24 * HOUR) => ({ catchUp, window });

test('nothing is due before its time', () => {
  expect(dueTicks(every, policy('skip'), 0, 10 * MINUTE - 1)).toEqual({ due: [], cursor: 0, wakeAt: 10 * MINUTE });
});

test.each(['skip', 'latest', 'all'] as const)('%s: what is a little late is not missed', (catchUp) => {
  const due = dueTicks(every, policy(catchUp), 0, 10 * MINUTE + 59_000);
  expect(due).toEqual({ due: [10 * MINUTE], cursor: 10 * MINUTE, wakeAt: 20 * MINUTE });
});

describe('after an hour of downtime', () => {
  const now = 65 * MINUTE;

  test('skip: nothing is made up for', () => {
    expect(dueTicks(every, policy('skip'), 0, now)).toMatchObject({ due: [], wakeAt: 70 * MINUTE });
  });

  test('latest: one run', () => {
    const due = dueTicks(every, policy('latest'), 0, now);
    expect(due).toEqual({ due: [60 * MINUTE], cursor: 60 * MINUTE, wakeAt: 70 * MINUTE });
  });

  test('latest: what is due just now stands for what was missed', () => {
    expect(dueTicks(every, policy('latest'), 0, 60 * MINUTE).due).toEqual([60 * MINUTE]);
  });

  test('all: every one within the window', () => {
    expect(dueTicks(every, policy('all'), 0, now).due).toEqual([10, 20, 30, 40, 50, 60].map((n) => n * MINUTE));
    expect(dueTicks(every, policy('all', 20 * MINUTE), 0, now).due).toEqual([50, 60].map((n) => n * MINUTE));
  });

  test('latest: not if it is outside of the window', () => {
    expect(dueTicks(every, policy('latest', 3 * MINUTE), 0, now).due).toEqual([]);
  });

  test('nothing that was dealt with is due again', () => {
    const first = dueTicks(every, policy('all'), 0, now);
    expect(dueTicks(every, policy('all'), first.cursor, now).due).toEqual([]);
  });
});

test('a year of seconds is not looked at, and what is made up for has a limit', () => {
  const seconds: Ticks = { next: (after) => (Math.floor(after / 1000) + 1) * 1000, delay: () => 0, maxDelay: 0 };
  const due = dueTicks(seconds, policy('all', 24 * HOUR), 0, 365 * 24 * HOUR);
  expect(due.due).toHaveLength(MAX_CAUGHT_UP);
  expect(due.due.at(-1)).toBe(365 * 24 * HOUR);
  expect(due.wakeAt).toBe(365 * 24 * HOUR + 1000);
});

test('a delayed tick is due by its delay, and missed by it', () => {
  const delayed: Ticks = { ...every, delay: () => 5 * MINUTE, maxDelay: 5 * MINUTE };
  expect(dueTicks(delayed, policy('skip'), 0, 14 * MINUTE)).toEqual({ due: [], cursor: 0, wakeAt: 15 * MINUTE });
  expect(dueTicks(delayed, policy('skip'), 0, 15.5 * MINUTE).due).toEqual([10 * MINUTE]);
  expect(dueTicks(delayed, policy('skip'), 0, 17 * MINUTE).due).toEqual([]);
});

test('when there is nothing any more there is no time to wake at', () => {
  const once: Ticks = { ...every, next: (after) => (after < MINUTE ? MINUTE : undefined) };
  expect(dueTicks(once, policy('skip'), 0, MINUTE)).toEqual({ due: [MINUTE], cursor: MINUTE, wakeAt: undefined });
});
