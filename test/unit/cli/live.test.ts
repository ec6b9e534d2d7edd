import { describe, expect, test } from 'vitest';
import { drawEnd, drawRun, type LiveState } from '../../../cli/follow/live/draw.ts';
import { renderLine } from '../../../cli/follow/live/line.ts';
import { Screen } from '../../../cli/follow/live/screen.ts';
import { layersOf } from '../../../cli/output/layers.ts';
import { createPaint } from '../../../cli/output/paint.ts';
import { terminalSize } from '../../../cli/output/terminal-size.ts';
import { shortDuration } from '../../../cli/output/time.ts';
import type { Run, TaskExecution } from '../../../sdk/wire.ts';
import { executionOf, runOf } from './records.ts';

const plain = createPaint(false);
const SIZE = { columns: 80, rows: 24 };

function picture(more: Partial<LiveState> & { executions: readonly TaskExecution[] }, size = SIZE): string[] {
  const state = { run: runOf({ state: 'running', started: 1000 }), tails: new Map(), now: 13_000, footer: 'keys' };
  return drawRun({ ...state, ...more }, size, plain);
}
const running = (id: string, more: Partial<TaskExecution> = {}) =>
  executionOf(id, { state: 'running', started: 11_000, ...more });
const ended = (id: string, status: TaskExecution['status'], more: Partial<TaskExecution> = {}) =>
  executionOf(id, { state: 'complete', status, started: 5000, ended: 9000, ...more });

describe('the picture of a run', () => {
  test('shows each task with its time, what it waits for and what it prints', () => {
    const executions = [
      ended('checkout', 'successful'),
      ended('lint', 'failed', { exit_code: 3, status_reason: { reason: 'abnormal_exit', description: 'x' } }),
      running('build', { detail: { attempt: 2 } }),
      executionOf('pull', {
        state: 'processing',
        detail: { fetching: 12_000, message: 'pulling image debian:12: 40 %' },
      }),
      executionOf('deploy', { detail: { waiting_for: ['build', 'pull'] } }),
    ];
    const tails = new Map([['build', ['compiling a', 'compiling \x1b[31mb\x1b[0m']]]);
    expect(picture({ executions, tails })).toEqual([
      'Run #1 of pipeline demo v1  running  12s',
      '  2 of 5 done: 1 failed, 1 running, 1 being prepared, 1 waiting, 1 successful',
      '',
      '  ✓ checkout     4.0s',
      '  ✗ lint         4.0s  exit code 3',
      '  ⠇ build        2.0s  attempt 2',
      '      │ compiling a',
      '      │ compiling b',
      '  ⠇ pull         1.0s  pulling image debian:12: 40 %',
      '  · deploy             waiting for build, pull',
      '',
      'keys',
    ]);
  });

  test('says what a run waits for that has no tasks yet', () => {
    const waiting = { limit: 'pipeline' as const, allowed: 1, held_by: ['default/demo/7'], position: 1 };
    const run = runOf({ state: 'pending', started: 1000, detail: { message: 'waits for its turn', waiting } });
    expect(picture({ run, executions: [] })).toEqual([
      'Run #1 of pipeline demo v1  pending  12s',
      '  waits for its turn; pipeline of 1, place 1, behind #7',
      '',
      '',
      'keys',
    ]);
  });

  test('of thousands of tasks the interesting ones are shown, and the others counted', () => {
    const executions = [
      ...Array.from({ length: 3000 }, (_, index) => ended(`done-${index}`, 'successful')),
      ...Array.from({ length: 40 }, (_, index) => ended(`bad-${index}`, 'failed', { ended: 9000 + index })),
      ...Array.from({ length: 7 }, (_, index) => running(`busy-${index}`)),
      ...Array.from({ length: 2000 }, (_, index) => executionOf(`later-${index}`)),
    ];
    const lines = picture({ executions, tails: new Map([['busy-3', ['step one', 'step two']]]) });
    expect(lines).toHaveLength(23);
    const text = lines.join('\n');
    expect(text.match(/busy-/g)).toHaveLength(7);
    expect(text).toMatch(/busy-3 +2\.0s {2}step two\n/);
    expect(text).toContain('bad-39');
    expect(text).not.toContain('bad-0 ');
    expect(text).toMatch(/ {2}… and \d+ failed, 2000 waiting, 3000 successful\n/);
  });

  test.each([
    { columns: 20, rows: 8 },
    { columns: 1, rows: 1 },
    { columns: 3, rows: 5 },
  ])('fits into $columns x $rows', (size) => {
    const executions = Array.from({ length: 50 }, (_, index) => running(`task-${index}`));
    const lines = picture({ executions, tails: new Map([['task-1', ['a long line of output']]]) }, size);
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, size.rows - 1));
    for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(size.columns);
  });

  test('what is left of it at the end has neither logs nor keys', () => {
    const run = runOf({ state: 'complete', status: 'successful', started: 1000, ended: 2000 }) as Run;
    const lines = drawEnd({ run, executions: [ended('a', 'successful')], now: 9000 }, SIZE, plain);
    expect(lines.at(0)).toBe('Run #1 of pipeline demo v1  successful  1.0s');
    expect(lines.at(-1)).toBe('  ✓ a     4.0s');
  });
});

test('a line is cut where the room ends, in colours too', () => {
  expect(renderLine(['abc', 'def'], 6, plain)).toBe('abcdef');
  expect(renderLine(['abc', 'def', ''], 6, plain)).toBe('abcdef');
  expect(renderLine(['abc', 'def', 'g'], 6, plain)).toBe('abcde…');
  expect(renderLine(['abc', ['def', 'red']], 5, createPaint(true))).toBe('abc\x1b[31md…\x1b[39m');
});

describe('a screen', () => {
  const drawn = () => {
    const written: string[] = [];
    return { written, output: { write: (text: string) => void written.push(text) } };
  };

  test('writes nothing if nothing has changed, and only lines that have', () => {
    const { written, output } = drawn();
    const screen = new Screen(output, () => SIZE);
    screen.draw(['one', 'two']);
    screen.draw(['one', 'two']);
    expect(written).toHaveLength(1);
    screen.draw(['one', 'three']);
    expect(written[1]).toContain('\x1b[2A');
    expect(written[1]).toContain('three');
    expect(written[1]).not.toContain('one');
    screen.leave();
    expect(written[2]).toBe('\x1b[?25h');
  });

  test('goes up further where a narrower terminal has broken its lines', () => {
    const { written, output } = drawn();
    let columns = 20;
    const screen = new Screen(output, () => ({ columns, rows: 24 }));
    screen.draw(['x'.repeat(20), 'short']);
    columns = 10;
    screen.draw(['new', 'short']);
    expect(written[1]).toContain('\x1b[3A');
    expect(written[1]).toContain('short');
    expect(written[1]).toContain('\x1b[J');
  });
});

test('layers come with parents before children, whatever the order', () => {
  const node = (id: string, ...parents: string[]) => ({
    id,
    depends_on: Object.fromEntries(parents.map((parent) => [parent, 'any'])),
  });
  const layers = layersOf([node('d', 'b', 'c'), node('c', 'a'), node('b'), node('a'), node('e', 'gone')]);
  expect(layers.map((layer) => layer.map(({ id }) => id))).toEqual([['a', 'b', 'e'], ['c'], ['d']]);
  expect(layersOf([node('x', 'y'), node('y', 'x')]).flat()).toHaveLength(2);
});

test('the size of a terminal is what it says, unless the environment knows better', () => {
  expect(terminalSize({ columns: 100, rows: 30 }, {})).toEqual({ columns: 100, rows: 30 });
  expect(terminalSize({ columns: 0 }, { LINES: 'many' })).toEqual({ columns: 80, rows: 24 });
  expect(terminalSize({ columns: 100, rows: 30 }, { COLUMNS: '60', LINES: '12' })).toEqual({ columns: 60, rows: 12 });
});

test.each([
  [0, '0.0s'],
  [9949, '9.9s'],
  [9950, '10s'],
  [59_499, '59s'],
  [59_500, '1m 00s'],
  [3_599_000, '59m 59s'],
  [3_600_000, '1h 00m'],
  [200_000_000, '2d 7h'],
])('%d ms are %s', (milliseconds, text) => {
  expect(shortDuration(milliseconds)).toBe(text);
});
