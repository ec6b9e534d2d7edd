import { expect, test } from 'vitest';
import { drawDag } from '../../../cli/output/dag.ts';
import { createPaint } from '../../../cli/output/paint.ts';
import { pipeline, task } from '../../../sdk/index.ts';

const draw = (...tasks: ReturnType<typeof task>[]) =>
  drawDag(
    pipeline('demo')
      .tasks(...tasks)
      .toDocument().tasks,
    createPaint(false),
  );

test('a graph is drawn in layers, with what each task waits for', () => {
  const all = [
    task('publish', 'i').dependsOn('build', 'Success').dependsOn('lint', 'Success').dependsOn('slow', 'Any'),
    task('build', 'i').dependsOn('checkout', 'Success'),
    task('lint', 'i').dependsOn('checkout', 'Success'),
    task('tell', 'i').dependsOn('publish', 'Failure'),
    task('checkout', 'i'),
    task('slow', 'i'),
  ];
  expect(draw(...all)).toEqual([
    '├─● checkout',
    '└─● slow',
    '│',
    '├─● build      after checkout succeeds',
    '└─● lint       after checkout succeeds',
    '│',
    '● publish      after build, lint succeed, and slow ends',
    '│',
    '● tell         after publish fails',
  ]);
});

test('of a wide layer some are drawn, and of many parents some are named', () => {
  const wide = Array.from({ length: 60 }, (_, index) => task(`t${index}`, 'i'));
  const last = wide.reduce((joined, { id }) => joined.dependsOn(id, 'Success'), task('last', 'i'));
  const lines = draw(...wide, last);
  expect(lines).toHaveLength(53);
  expect(lines[50]).toBe('└─ … and 10 more');
  expect(lines[52]).toBe('● last     after t0, t1, t10 and 57 others succeed');
});
