/**
 * Two dialects, told apart by the number of fields. Six are the contract's (extensions §9): numbers, ranges and lists of
 * numbers, the last field is the year, and a day has to match day of month and day of week. Five are the standard ones:
 * steps, names, ranges in lists, 7 for Sunday, and a day has to match either day field if both are restricted.
 */
export interface CronExpression {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** All years if undefined. */
  readonly years?: ReadonlySet<number>;
  /** Whether one matching day field is enough. */
  readonly eitherDay: boolean;
  /** Whether it matches in every hour, so that it goes by the minutes that pass, not by what a clock shows. */
  readonly everyHour: boolean;
}

/** What is wrong with an expression, and the field it is wrong in. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const DAY: Field = { name: 'day of month', min: 1, max: 31 };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
const WEEKDAY: Field = { name: 'day of week', min: 0, max: 6, names: WEEKDAYS };
const YEAR: Field = { name: 'year', min: 1970, max: 2100 };

/** @throws CronError that names the field and what was expected */
export function parseCron(expression: string): CronExpression {
  const texts = expression.split(' ');
  if (texts.some((text) => text === '' || /\s/.test(text))) {
    throw new CronError('the fields of a cron expression are separated by exactly one space each');
  }
  const [minute, hour, day, month, weekday, year] = texts as [string, string, string, string, string, string?];
  const parse = texts.length === 6 ? parseContractField : parseStandardField;
  if (texts.length !== 5 && texts.length !== 6) {
    throw new CronError(`a cron expression has five fields, or six with the year, but this one has ${texts.length}`);
  }
  const days = parse(day, DAY);
  const weekdays = parse(weekday, WEEKDAY);
  const hours = parse(hour, HOUR);
  return {
    minutes: parse(minute, MINUTE),
    hours,
    days,
    months: parse(month, MONTH),
    weekdays,
    ...(year !== undefined && year !== '*' && { years: parse(year, YEAR) }),
    eitherDay: year === undefined && days.size < 31 && weekdays.size < 7,
    everyHour: hours.size === 24,
  };
}

/** `*`, a number, a range, or a list of numbers. */
function parseContractField(text: string, field: Field): ReadonlySet<number> {
  if (text === '*') return range(field.min, field.max);
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (first !== undefined && last !== undefined) {
    const [from, to] = [contractNumber(first, field), contractNumber(last, field)];
    if (from >= to) throw problem(field, text, 'the first number of a range has to be less than the second');
    return range(from, to);
  }
  if (!/^\d+(,\d+)*$/.test(text)) {
    throw problem(field, text, "with six fields, each is '*', a number, a range such as 1-5, or a list such as 1,3,5");
  }
  return new Set(text.split(',').map((part) => contractNumber(part, field)));
}

function contractNumber(text: string, field: Field): number {
  const value = Number(text);
  if (value < field.min || value > field.max) throw outside(field, text);
  return value;
}

/** A list of `*`, numbers, names and ranges, each with an optional step. */
function parseStandardField(text: string, field: Field): ReadonlySet<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [, base = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
    if (base === '') throw problem(field, text, "expected '*', numbers, names or ranges, and steps such as */15");
    const by = step === undefined ? 1 : Number(step);
    if (by < 1 || by > field.max) throw problem(field, text, `a step is a number from 1 to ${field.max}`);
    const [from, to] = standardRange(base, step !== undefined, field);
    for (let value = from; value <= to; value += by) values.add(field === WEEKDAY ? value % 7 : value);
  }
  return values;
}

function standardRange(base: string, stepped: boolean, field: Field): readonly [number, number] {
  if (base === '*') return [field.min, field.max];
  const [first = '', last, more] = base.split('-');
  if (more !== undefined) throw problem(field, base, 'a range has two ends');
  const from = standardNumber(first, field);
  if (last === undefined) return [from, stepped ? field.max : from];
  const to = standardNumber(last, field);
  if (from <= to) return [from, to];
  // fri-sun: the week ends on the Sunday that is 7.
  if (field === WEEKDAY && to === 0) return [from, 7];
  throw problem(field, base, 'the first value of a range must not come after the second');
}

function standardNumber(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  if (!/^\d+$/.test(text))
    throw problem(field, text, field.names ? 'expected a number or a name' : 'expected a number');
  const value = Number(text);
  if (value < field.min || value > (field === WEEKDAY ? 7 : field.max)) throw outside(field, text);
  return value;
}

function range(from: number, to: number): ReadonlySet<number> {
  return new Set(Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

function outside(field: Field, text: string): CronError {
  return problem(field, text, `it has to be from ${field.min} to ${field.max}`);
}

function problem(field: Field, text: string, message: string): CronError {
  return new CronError(`${field.name} '${text}': ${message}`);
}
