import { expect, test } from 'vitest';
import { cutPage, readCursor, writeCursor } from '../../../api/cursor.ts';

test('a cursor brings its place back', () => {
  expect(readCursor('runs', writeCursor('runs', 7, 0), [0, 0])).toEqual([7, 0]);
  expect(readCursor('tasks', writeCursor('tasks', 'ä "b"'), [''])).toEqual(['ä "b"']);
});

test.each([
  ['', 'nothing'],
  ['!', 'no base64'],
  [Buffer.from('7').toString('base64url'), 'no list'],
  [Buffer.from('null').toString('base64url'), 'null'],
  [writeCursor('tasks', 7, 0), 'of another list'],
  [writeCursor('runs', 7), 'too short'],
  [writeCursor('runs', 7, 0, 0), 'too long'],
  [writeCursor('runs', '7', 0), 'of another type'],
  [writeCursor('runs', -7, 0), 'negative'],
  [writeCursor('runs', 7.5, 0), 'no integer'],
])('%j is refused: %s', (cursor) => {
  expect(() => readCursor('runs', cursor, [0, 0])).toThrow('query.cursor: must be the next_cursor');
});

test('a cursor with a NUL is refused', () => {
  expect(() => readCursor('tasks', writeCursor('tasks', 'a\0'), [''])).toThrow('query.cursor');
});

test('only a page with more behind it has a next one', () => {
  expect(cutPage([1, 2, 3], 2, String)).toEqual({ page: [1, 2], next: { next_cursor: '2' } });
  expect(cutPage([1, 2], 2, String)).toEqual({ page: [1, 2], next: {} });
  expect(cutPage([1], 0, String)).toEqual({ page: [], next: {} });
});
