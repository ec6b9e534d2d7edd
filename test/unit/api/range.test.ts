import { expect, test } from 'vitest';

import { requestedRange } from '../../../api/bytes/range.ts';

test.each([
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=0-9', { start: 0, end: 10 }],
  ['bytes=3-5', { start: 3, end: 6 }],
  ['Bytes=3-5', { start: 3, end: 6 }],
  ['bytes=3-', { start: 3, end: 10 }],
  ['bytes=9-9999999999999999999999', { start: 9, end: 10 }],
  ['bytes=-3', { start: 7, end: 10 }],
  ['bytes=-10', { start: 0, end: 10 }],
  ['bytes=-999', { start: 0, end: 10 }],
])('of ten bytes %s is a part', (range, expected) => {
  expect(requestedRange({ range }, 10, '"x"')).toEqual(expected);
});

test.each(['bytes=10-', 'bytes=10-12', 'bytes=99999999999999999999-', 'bytes=-0'])(
  '%s lies behind ten bytes',
  (range) => {
    expect(requestedRange({ range }, 10, '"x"')).toBe('unsatisfiable');
  },
);

test.each([
  '',
  'bytes',
  'bytes=',
  'bytes=-',
  'bytes=5-3',
  'bytes=a-b',
  'bytes=1-2,4-5',
  'bytes=--1',
  'lines=1-2',
  'bytes=1.5-2',
])("'%s' asks for nothing special", (range) => {
  expect(requestedRange({ range }, 10, '"x"')).toBeUndefined();
});

test('nothing has no parts', () => {
  expect(requestedRange({ range: 'bytes=0-' }, 0, '"x"')).toBe('unsatisfiable');
  expect(requestedRange({ range: 'bytes=-5' }, 0, '"x"')).toBeUndefined();
  expect(requestedRange({}, 10, '"x"')).toBeUndefined();
});

test('a part of something else is not given', () => {
  const headers = { range: 'bytes=1-2' };
  expect(requestedRange({ ...headers, 'if-range': '"x"' }, 10, '"x"')).toEqual({ start: 1, end: 3 });
  for (const other of ['"y"', 'W/"x"', 'x', 'Wed, 21 Oct 2015 07:28:00 GMT']) {
    expect(requestedRange({ ...headers, 'if-range': other }, 10, '"x"')).toBeUndefined();
  }
});
