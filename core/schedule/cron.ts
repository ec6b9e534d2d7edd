import type { CronExpression } from './cron-expression.ts';
import { nextRepetition, resolveLocal, type Zone } from './zone.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** 29 February on a given weekday may take 40 years, because 2100 is no leap year. */
const MAX_YEARS = 41;

/** What becomes of times that clocks jump over: run when they arrive on the other side, or not at all. */
export type SkippedTimes = 'next' | 'skip';
/** What becomes of times that clocks show twice. */
export type RepeatedTimes = 'first' | 'both';

export interface CronSchedule {
  readonly expression: CronExpression;
  readonly zone: Zone;
  readonly skipped: SkippedTimes;
  readonly repeated: RepeatedTimes;
}

/**
 * A schedule with the stated defaults. An expression that names hours means what clocks show: once a day it is that hour,
 * even on the days on which clocks change. One for every hour means the minutes that pass, so nothing is added or left out.
 */
export function cronSchedule(
  expression: CronExpression,
  zone: Zone,
  policy: { readonly skipped?: SkippedTimes; readonly repeated?: RepeatedTimes } = {},
): CronSchedule {
  return {
    expression,
    zone,
    skipped: policy.skipped ?? (expression.everyHour ? 'skip' : 'next'),
    repeated: policy.repeated ?? (expression.everyHour ? 'both' : 'first'),
  };
}

/** The first time behind `after` at which the schedule runs, in milliseconds; undefined if there is none any more. */
export function nextCronTime(schedule: CronSchedule, after: number): number | undefined {
  const { zone, repeated } = schedule;
  const local = after + zone.offsetAt(after);
  const next = firstAfter(schedule, after, local);
  if (repeated === 'first') return next;
  // While clocks show times that they are going to show again, what comes next by the calendar may not be next in time.
  const shown = resolveLocal(zone, floorMinute(local));
  if (shown.kind === 'skipped' || shown.instants.length < 2 || after >= (shown.instants[1] ?? 0)) return next;
  const repetition = nextRepetition(zone, after, DAY);
  if (repetition === undefined) return next;
  const again = firstAfter(schedule, after, repetition + zone.offsetAt(repetition) - MINUTE, repetition);
  return earliest(next, again);
}

/** The first run behind `after` among the times that the calendar has behind `local`. */
function firstAfter(schedule: CronSchedule, after: number, local: number, notBefore = after): number | undefined {
  let shown = nextLocal(schedule.expression, local);
  while (shown !== undefined) {
    const resolution = resolveLocal(schedule.zone, shown);
    if (resolution.kind === 'skipped') {
      if (schedule.skipped === 'next' && resolution.jump > after) return resolution.jump;
    } else {
      const instants = schedule.repeated === 'first' ? resolution.instants.slice(0, 1) : resolution.instants;
      const found = instants.find((instant) => instant > after && instant >= notBefore);
      if (found !== undefined) return found;
    }
    shown = nextLocal(schedule.expression, shown);
  }
  return undefined;
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function floorMinute(time: number): number {
  return Math.floor(time / MINUTE) * MINUTE;
}

/**
 * The first time behind `local` that the calendar has for the expression, both written as if they were UTC. It goes from
 * year to month to day, so that what is far away is found without looking at every minute before it.
 */
export function nextLocal(expression: CronExpression, local: number): number | undefined {
  const start = floorMinute(local) + MINUTE;
  const [startYear, startMonth] = [new Date(start).getUTCFullYear(), new Date(start).getUTCMonth() + 1];
  for (let year = startYear; year <= startYear + MAX_YEARS; year += 1) {
    if (expression.years && !expression.years.has(year)) continue;
    for (let month = year === startYear ? startMonth : 1; month <= 12; month += 1) {
      if (!expression.months.has(month)) continue;
      const found = nextInMonth(expression, year, month, start);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function nextInMonth(expression: CronExpression, year: number, month: number, start: number): number | undefined {
  const end = Date.UTC(year, month, 1);
  for (let day = Date.UTC(year, month - 1, 1); day < end; day += DAY) {
    if (day + DAY <= start || !matchesDay(expression, new Date(day))) continue;
    const found = nextInDay(expression, day, start);
    if (found !== undefined) return found;
  }
  return undefined;
}

function matchesDay({ days, weekdays, eitherDay }: CronExpression, day: Date): boolean {
  const byDate = days.has(day.getUTCDate());
  const byWeekday = weekdays.has(day.getUTCDay());
  return eitherDay ? byDate || byWeekday : byDate && byWeekday;
}

function nextInDay({ hours, minutes }: CronExpression, day: number, start: number): number | undefined {
  const from = Math.max(0, Math.floor((start - day) / MINUTE));
  for (let minute = from; minute < 1440; minute += 1) {
    const hour = Math.floor(minute / 60);
    if (!hours.has(hour)) minute = hour * 60 + 59;
    else if (minutes.has(minute % 60)) return day + minute * MINUTE;
  }
  return undefined;
}
