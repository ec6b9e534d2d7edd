import { describe, expect, test } from 'vitest';
import { parseAnsi, plainText, withoutRewrites } from '../../../console/logs/ansi.ts';

const ESC = '\u001B';

describe('colours of a terminal', () => {
  test.each([
    ['plain', [{ text: 'plain', className: '' }]],
    [
      `${ESC}[31mred${ESC}[0m not`,
      [
        { text: 'red', className: 'ansi-fg-1' },
        { text: ' not', className: '' },
      ],
    ],
    [
      `${ESC}[1;92mbright${ESC}[22m thin`,
      [
        { text: 'bright', className: 'ansi-bold ansi-fg-10' },
        { text: ' thin', className: 'ansi-fg-10' },
      ],
    ],
    [`${ESC}[38;5;9mnine`, [{ text: 'nine', className: 'ansi-fg-9' }]],
    [`${ESC}[38;5;196mcube`, [{ text: 'cube', className: '', color: '#ff0000' }]],
    [`${ESC}[48;2;1;2;300mtrue`, [{ text: 'true', className: '', background: '#0102ff' }]],
    [
      `${ESC}[4mline${ESC}[mplain`,
      [
        { text: 'line', className: 'ansi-underline' },
        { text: 'plain', className: '' },
      ],
    ],
  ])('%j', (line, pieces) => {
    expect(parseAnsi(line)).toEqual(pieces);
  });

  test('other sequences are left out', () => {
    const line = `${ESC}[2K${ESC}[1Gtext${ESC}]8;;https://example.org${ESC}\\link${ESC}]8;;\u0007`;
    expect(
      parseAnsi(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe('textlink');
    expect(plainText(line)).toBe('textlink');
  });

  test('a line that rewrites itself is what it says last', () => {
    expect(withoutRewrites('10 %\r50 %\r100 %')).toBe('100 %');
    expect(withoutRewrites('from Windows\r')).toBe('from Windows');
  });
});
