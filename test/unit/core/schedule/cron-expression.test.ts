import { expect, test } from 'vitest';
import { CronError, parseCron } from '../../../../core/schedule/cron-expression.ts';

const list = (values: ReadonlySet<number> | undefined) => [...(values ?? [])].toSorted((a, b) => a - b);

// The lists of the contract, extensions §9.3.
test.each([
  '0 1 25 12 * *',
  '30 6 * * 1-5 *',
  '0 0 1 1,4,7,10 * *',
  '0 9 13 * 5 *',
  '* * * * * 2026-2027',
  '05 1 * * * *',
  '1,1,2 * * * * *',
  '* * * * * 2100',
  '0 0 31 2 * *',
])('six fields: %s is valid', (expression) => {
  expect(() => parseCron(expression)).not.toThrow();
});

test.each([
  '* * * * * * *',
  '*/5 * * * * *',
  '1-5,7 * * * * *',
  '5-5 * * * * *',
  '7-5 * * * * *',
  '0 0 * * 7 *',
  '0 0 * * MON *',
  '60 * * * * *',
  '*  * * * * *',
  ' * * * * * *',
  '* * * * * * ',
  '*\t* * * * *',
  '* * * * * 2101',
  '* * * * * 1969',
  '@daily',
  '',
  '* * * *',
  '- * * * * *',
  ', * * * * *',
  '1, * * * * *',
  '* * 0 * * *',
  '* * * 13 * *',
  '* 24 * * * *',
  '* * 32 * * *',
  '-1 * * * * *',
  '1.5 * * * * *',
  '? * * * * *',
])('%j is refused', (expression) => {
  expect(() => parseCron(expression)).toThrow(CronError);
});

test('six fields want both day fields, five want one of them if both are restricted', () => {
  expect(parseCron('0 9 13 * 5 *').eitherDay).toBe(false);
  expect(parseCron('0 9 13 * 5').eitherDay).toBe(true);
  expect(parseCron('0 9 13 * *').eitherDay).toBe(false);
  expect(parseCron('0 9 * * 5').eitherDay).toBe(false);
});

test('five fields have steps, names, ranges in lists, and 7 for Sunday', () => {
  const cron = parseCron('*/20,5 8-10,20/2 1-10/3 JAN,mar-apr Fri-7');
  expect(list(cron.minutes)).toEqual([0, 5, 20, 40]);
  expect(list(cron.hours)).toEqual([8, 9, 10, 20, 22]);
  expect(list(cron.days)).toEqual([1, 4, 7, 10]);
  expect(list(cron.months)).toEqual([1, 3, 4]);
  expect(list(cron.weekdays)).toEqual([0, 5, 6]);
  expect(list(parseCron('0 0 * * fri-sun').weekdays)).toEqual([0, 5, 6]);
  expect(list(parseCron('0 0 * * 0-7').weekdays)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test.each([
  ['*/0 * * * *', "minute '*/0': a step is a number from 1 to 59"],
  ['61 * * * *', "minute '61': it has to be from 0 to 59"],
  ['* 5-3 * * *', "hour '5-3': the first value of a range must not come after the second"],
  ['* * 1-2-3 * *', "day of month '1-2-3': a range has two ends"],
  ['* * * foo *', "month 'foo': expected a number or a name"],
  ['* * * * 8', "day of week '8': it has to be from 0 to 6"],
  ['* * * * mon,', "day of week 'mon,': expected '*', numbers, names or ranges, and steps such as */15"],
  [
    '*/5 * * * * *',
    "minute '*/5': with six fields, each is '*', a number, a range such as 1-5, or a list such as 1,3,5",
  ],
  ['* * *', 'a cron expression has five fields, or six with the year, but this one has 3'],
])('%s: %s', (expression, message) => {
  expect(() => parseCron(expression)).toThrow(message);
});
