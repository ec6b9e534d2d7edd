import { expect, test } from 'vitest';
import { ensureError, GoferError, invalid, notFound, printValue } from '../../../core/errors.ts';

test('an invalid input is described problem by problem, with place and value', () => {
  const problems = [
    { path: 'config.parallelism', value: -1, message: 'must be a whole number from 0' },
    { path: 'config.name', message: 'is required' },
    { path: 'header.version', value: undefined, message: 'must be v0' },
  ];
  const error = invalid('the config is not valid', problems);
  expect(error).toBeInstanceOf(GoferError);
  expect(error.kind).toBe('invalid');
  expect(error.problems).toEqual(problems);
  expect(error.message.split('\n')).toEqual([
    'the config is not valid',
    '  config.parallelism: must be a whole number from 0, got -1',
    '  config.name: is required',
    '  header.version: must be v0, got nothing',
  ]);
});

test('what is missing is named', () => {
  expect(notFound('run', 'default/demo/7')).toMatchObject({
    kind: 'not_found',
    message: "run 'default/demo/7' does not exist",
    problems: [],
  });
});

test.each([
  [undefined, 'nothing'],
  [null, 'null'],
  ['a "b"', '"a \\"b\\""'],
  [{ a: [1] }, '{"a":[1]}'],
  [() => 'secret', 'function'],
  ['x'.repeat(78), `"${'x'.repeat(78)}"`],
  ['x'.repeat(79), `"${'x'.repeat(76)}...`],
])('the value %s is printed as %s', (value, text) => {
  expect(printValue(value)).toBe(text);
  expect(printValue(value).length).toBeLessThanOrEqual(80);
});

test('whatever is thrown becomes an error', () => {
  const error = new TypeError('broken');
  expect(ensureError(error)).toBe(error);
  expect(ensureError('broken')).toEqual(new Error('broken'));
  expect(ensureError(undefined)).toEqual(new Error('undefined'));
});
