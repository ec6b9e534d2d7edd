import { expect, test } from 'vitest';
import { dueTicks } from '../../../../core/schedule/catch-up.ts';
import { cron } from '../../../../services/builtin/cron.ts';
import { interval } from '../../../../services/builtin/interval.ts';
import { subscribed } from './subjects.ts';

const MINUTE = 60_000;

test('an interval counts from when the subscription was made', () => {
  const plan = interval.ticks!(subscribed({ every: '5m' }), {});
  const since = Date.UTC(2026, 0, 1);
  expect(plan.ticks.next(since)).toBe(since + 5 * MINUTE);
  expect(plan.ticks.next(since + 17 * MINUTE)).toBe(since + 20 * MINUTE);
  expect(plan.policy).toEqual({ catchUp: 'skip', window: 24 * 60 * MINUTE });
});

test.each([
  [{}, {}, 'every: is required'],
  [{ every: '30s' }, {}, 'every: must be at least 1m, got "30s"'],
  [{ every: '-5m' }, {}, 'every: must be at least 1m'],
  [{ every: '0' }, {}, 'every: must be at least 1m'],
  [{ every: '90' }, {}, 'every: must be a duration such as 90s, 5m or 1h30m, got "90"'],
  [{ every: '5m', jitter: '6m' }, {}, 'jitter: must not be longer than the pause'],
  [{ every: '5m', catch_up: 'some' }, {}, 'catch_up: must be one of skip, latest, all, got "some"'],
  [{ every: '5m', catch_up_window: '1000h' }, {}, 'catch_up_window: must be at most 168h'],
  [{ every: '40s' }, { MIN_INTERVAL: '45s' }, 'every: must be at least 45s'],
])('interval %j with the settings %j is refused', (parameters, settings, message) => {
  expect(() => interval.plan(subscribed(parameters), settings)).toThrow(message);
});

test('the minimum may be lower, but never below a second', () => {
  expect(() => interval.plan(subscribed({ every: '1s' }), { min_interval: '1s' })).not.toThrow();
  expect(() => interval.checkSettings({ min_interval: '0' })).toThrow('min_interval: must be at least 1s');
  expect(() => interval.checkSettings({ MIN_INTERVAL: '30s' })).not.toThrow();
  expect(() => interval.checkSettings({ MIN_INTERVAL: 'soon' })).toThrow('min_interval: must be a duration');
});

test('jitter delays ticks, each always by the same', () => {
  const { ticks, policy } = interval.ticks!(subscribed({ every: '5m', jitter: '1m' }), {});
  const since = Date.UTC(2026, 0, 1);
  const nominal = since + 5 * MINUTE;
  const delay = ticks.delay(nominal);
  expect(delay).toBeGreaterThan(0);
  expect(delay).toBeLessThan(MINUTE);
  expect(dueTicks(ticks, policy, since, nominal + delay - 1).due).toEqual([]);
  expect(dueTicks(ticks, policy, since, nominal + delay).due).toEqual([nominal]);
});

test('cron has a zone of its own, or that of the settings', () => {
  const next = (parameters: Record<string, string>, settings = {}) =>
    cron.ticks!(subscribed({ expression: '0 9 * * *', ...parameters }), settings).ticks.next(Date.UTC(2026, 6, 1));
  expect(next({})).toBe(Date.UTC(2026, 6, 1, 9));
  expect(next({ tz: 'Europe/Berlin' })).toBe(Date.UTC(2026, 6, 1, 7));
  expect(next({}, { TZ: 'America/New_York' })).toBe(Date.UTC(2026, 6, 1, 13));
});

test.each([
  [{}, 'expression: is required'],
  [{ expression: '@daily' }, 'expression: a cron expression has five fields'],
  [{ expression: '0 0 31 2 *' }, 'expression: there is no such date'],
  [{ expression: '0 0 1 1 *', tz: 'Nowhere' }, 'tz: must be a time zone such as UTC or Europe/Berlin'],
  [{ expression: '0 0 1 1 *', skipped: 'both' }, 'skipped: must be one of next, skip'],
])('cron %j is refused', (parameters, message) => {
  expect(() => cron.plan(subscribed(parameters), {})).toThrow(message);
});

test('an impossible date of the six fields is accepted and never comes', () => {
  const { ticks, policy } = cron.ticks!(subscribed({ expression: '0 0 31 2 * *' }), {});
  expect(dueTicks(ticks, policy, 0, Date.UTC(2026, 0, 1))).toEqual({ due: [], cursor: 0, wakeAt: undefined });
});
