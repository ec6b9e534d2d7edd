import { expect, test } from 'vitest';
import { createPaint, wantsColour } from '../../../cli/output/paint.ts';
import { statusCell } from '../../../cli/output/status-cell.ts';
import { formatColumns, formatTable, oneLine } from '../../../cli/output/table.ts';

const bare = createPaint(false);
const colours = createPaint(true);

test('a table is as wide as its content and never wraps', () => {
  const long = 'x'.repeat(200);
  expect(
    formatTable(
      ['id', 'state'],
      [
        ['nightly', 'active'],
        [long, ''],
      ],
      bare,
    ),
  ).toEqual([
    `| ${' '.repeat(99)}id${' '.repeat(99)} | state  |`,
    `|${'-'.repeat(202)}|--------|`,
    `| nightly${' '.repeat(193)} | active |`,
    `| ${long} |        |`,
  ]);
});

test('an empty table still has its head', () => {
  expect(formatTable(['id', 'state'], [], bare)).toEqual(['| id  | state |', '|-----|-------|']);
});

test('colours do not change widths', () => {
  const rows = [
    ['one', statusCell(colours, 'failed')],
    ['two', statusCell(colours, 'successful')],
  ];
  const lines = formatTable(['id', 'status'], rows, colours);
  // oxlint-disable-next-line no-control-regex -- it strips colours
  const stripped = lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, ''));
  expect(lines[2]).toContain('\u001b[31mfailed\u001b[39m');
  expect(new Set(stripped.map((line) => line.length)).size).toBe(1);
});

test('cells cannot break the layout or command the terminal', () => {
  expect(oneLine('a\nb\u001b[2Jc\u0007d')).toBe('a bc d');
});

test('columns have no border and leave no space at the end', () => {
  expect(
    formatColumns(
      [
        ['a', 'bb'],
        ['ccc', 'd'],
      ],
      ' : ',
    ),
  ).toEqual(['a   : bb', 'ccc : d']);
});

test.each([
  [{}, true, false, true],
  [{}, false, false, false],
  [{ NO_COLOR: '1' }, true, false, false],
  [{ NO_COLOR: '' }, true, false, true],
  [{ FORCE_COLOR: '1' }, false, false, true],
  [{ TERM: 'dumb' }, true, false, false],
  [{ FORCE_COLOR: '1' }, true, true, false],
])('with %j, terminal %s, --no-color %s: colours %s', (env, isTerminal, refused, expected) => {
  expect(wantsColour({ env, isTerminal, refused })).toBe(expected);
});
