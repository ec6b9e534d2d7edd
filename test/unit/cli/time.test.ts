import { describe, expect, test } from 'vitest';
import { formatDuration, formatTime } from '../../../cli/output/time.ts';

const now = Date.UTC(2026, 10, 25, 12, 0, 0);
const style = { detail: false, now };
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('formatTime', () => {
  test.each([
    [0, 'now'],
    [10 * second, 'now'],
    [11 * second, '11 seconds ago'],
    [45 * second, '45 seconds ago'],
    [46 * second, 'a minute ago'],
    [90 * second, 'a minute ago'],
    [91 * second, '2 minutes ago'],
    [45 * minute, '45 minutes ago'],
    [46 * minute, 'an hour ago'],
    [90 * minute, 'an hour ago'],
    [91 * minute, '2 hours ago'],
    [22 * hour, '22 hours ago'],
    [23 * hour, 'a day ago'],
    [36 * hour, 'a day ago'],
    [37 * hour, '2 days ago'],
    [6.5 * day, '6 days ago'],
    [7 * day, 'a week ago'],
    [10.5 * day, 'a week ago'],
    [11 * day, '2 weeks ago'],
    [29 * day, '4 weeks ago'],
    [30 * day, 'a month ago'],
    [45 * day, 'a month ago'],
    [46 * day, '2 months ago'],
    [345 * day, '11 months ago'],
    [346 * day, 'a year ago'],
    [547 * day, 'a year ago'],
    [548 * day, '2 years ago'],
    [1100 * day, '3 years ago'],
  ])('%d ms before now is "%s"', (distance, expected) => {
    expect(formatTime(now - distance, 'Never', style)).toBe(expected);
  });

  test('knows the future, exact times and never', () => {
    expect(formatTime(now + 2 * hour, 'Never', style)).toBe('in 2 hours');
    expect(formatTime(now + second, 'Never', style)).toBe('now');
    expect(formatTime(now, 'Never', { detail: true, now })).toBe('Wed, 25 Nov 2026 12:00:00 +0000');
    expect(formatTime(0, 'Never', style)).toBe('Never');
  });
});

test.each([
  [0, now, '0 secs'],
  [now - 38, now, '0 secs, 38 ms'],
  [now - 1020, now, '1 sec, 20 ms'],
  [now - 5 * minute, now, '5 mins'],
  [now - 5 * minute - 250, now, '5 mins'],
  [now - hour - 25 * minute - 12 * second, now, '1 hour, 25 mins, 12 secs'],
  [now - 26 * hour, now, '26 hours'],
  [now - 3 * second, 0, '3 secs'],
  [now + minute, now, '0 secs'],
])('the duration from %d to %d is "%s"', (started, ended, expected) => {
  expect(formatDuration(started, ended, now)).toBe(expected);
});
