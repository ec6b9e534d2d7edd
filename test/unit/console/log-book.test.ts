import { beforeEach, describe, expect, test, vi } from 'vitest';
import { LogBook } from '../../../console/logs/log-book.ts';

let frames: (() => void)[];
beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => frames.push(draw));
});

function bookOf(...texts: readonly string[]): LogBook {
  const book = new LogBook();
  book.append(texts.map((text) => ({ text, at: 0 })));
  return book;
}

describe('a log book', () => {
  test('returns every line, across its pages', () => {
    const book = bookOf();
    for (let n = 0; n < 2_500; n += 7) {
      book.append(
        Array.from({ length: 7 }, (_, index) => ({ text: `line ${n + index}`, at: n + index, task: 'build' })),
      );
    }
    expect(book.size).toBe(2_506);
    for (const index of [0, 1, 999, 1_000, 1_999, 2_000, 2_505]) {
      expect(book.line(index)).toEqual({ text: `line ${index}`, at: index, task: 'build', error: false });
    }
    expect(book.line(2_506)).toBeUndefined();
  });

  test('tells once a frame that there is more', () => {
    const book = bookOf();
    const told = vi.fn<() => void>();
    book.watch(told);
    book.append([{ text: 'one', at: 0 }]);
    book.append([{ text: 'two', at: 0 }]);
    expect(told).not.toHaveBeenCalled();
    for (const draw of frames.splice(0)) draw();
    expect(told).toHaveBeenCalledTimes(1);
  });

  test('counts the rows that wrapped lines take', () => {
    const book = bookOf(
      '',
      'x'.repeat(20),
      'x'.repeat(21),
      '漢字'.repeat(10),
      `\u001B[31m${'x'.repeat(20)}\u001B[0m`,
      '\tx',
    );
    expect(book.rows(20)).toBe(1 + 1 + 2 + 2 + 1 + 1);
    expect(book.rows(Infinity)).toBe(6);
    expect(book.placeOfRow(3, 20)).toEqual({ line: 2, row: 1 });
    expect(book.placeOfRow(6, 20)).toEqual({ line: 4, row: 0 });
    expect(book.rowOfLine(4, 20)).toBe(6);
  });

  test('places and rows agree, with many lines', () => {
    const book = bookOf(...Array.from({ length: 3_333 }, (_, index) => 'x'.repeat((index * 37) % 95)));
    for (const line of [0, 500, 999, 1_000, 2_345, 3_332]) {
      expect(book.placeOfRow(book.rowOfLine(line, 40), 40)).toEqual({ line, row: 0 });
    }
  });

  test('finds lines whatever the letters, and behind colours', () => {
    const book = bookOf(
      'Nothing',
      'an ERROR here',
      '\u001B[31mer\u001B[1mror\u001B[0m',
      ...Array.from({ length: 1_500 }, () => 'x'),
      'error',
    );
    expect([...book.find('error')].flat()).toEqual([1, 2, 1_503]);
  });
});
