import { expect, test } from 'vitest';
import {
  clientFor,
  pipelineOf,
  shellTask,
  startRunOf,
  uniqueId,
  untilComplete,
  untilRun,
  untilTask,
} from '../helpers/gofer.ts';

const gofer = clientFor();

test('runs of a pipeline with parallelism 1 wait for each other, in order, and say so', async () => {
  const document = { ...pipelineOf(uniqueId('queue'), shellTask('main', 'sleep 0.2')), parallelism: 1 };
  const first = await startRunOf(gofer, document);
  const rest = await Promise.all([1, 2, 3, 4].map(() => gofer.runs.start(first)));
  const refs = [first, ...rest.map(({ run }) => ({ ...first, run: run.run_id }))].sort((a, b) => a.run - b.run);

  const last = refs.at(-1) ?? first;
  const { run: waiting } = await gofer.runs.get(last);
  expect(waiting.state).toBe('pending');
  expect(waiting.detail?.message).toMatch(/^waits for its turn: /);

  const spans = [];
  for (const ref of refs) {
    const { run, tasks } = await untilComplete(gofer, ref);
    expect(run.status).toBe('successful');
    spans.push({ started: tasks['main']?.started ?? 0, ended: tasks['main']?.ended ?? 0 });
  }
  for (const [index, span] of spans.entries()) {
    expect(span.started).toBeGreaterThanOrEqual(spans[index - 1]?.ended ?? 0);
  }
});

test('a run that waits can be cancelled without ever starting', async () => {
  const document = { ...pipelineOf(uniqueId('queued'), shellTask('main', 'sleep 600')), parallelism: 1 };
  const first = await startRunOf(gofer, document);
  await untilTask(gofer, first, 'main', ({ state }) => state === 'running');
  const { run } = await gofer.runs.start(first);
  const second = { ...first, run: run.run_id };
  await gofer.runs.cancel(second);
  await untilRun(gofer, second, ({ status }) => status === 'cancelled');
  expect((await gofer.tasks.list(second)).task_executions).toEqual([]);
  await gofer.runs.cancel(first);
  expect((await untilComplete(gofer, first)).run.status).toBe('cancelled');
});

test('fifty runs started at once all finish', async () => {
  const first = await startRunOf(gofer, pipelineOf(uniqueId('many')));
  const rest = await Promise.all(Array.from({ length: 49 }, () => gofer.runs.start(first)));
  for (const { run } of rest) {
    expect((await untilComplete(gofer, { ...first, run: run.run_id })).run.status).toBe('successful');
  }
  expect(new Set(rest.map(({ run }) => run.run_id)).size).toBe(49);
});
