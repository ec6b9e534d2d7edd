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

/** What the event stream says of a pipeline's runs, in order: +1 for each that starts, -1 for each that is over. */
async function startsAndEnds(pipeline: string, runs: number): Promise<readonly { run: number; change: 1 | -1 }[]> {
  const seen: { run: number; change: 1 | -1 }[] = [];
  const enough = new AbortController();
  for await (const { kind } of gofer.followEvents({ history: true, signal: enough.signal })) {
    if ('started_run' in kind && kind.started_run.pipeline_id === pipeline) {
      seen.push({ run: kind.started_run.run_id, change: 1 });
    }
    if ('completed_run' in kind && kind.completed_run.pipeline_id === pipeline) {
      seen.push({ run: kind.completed_run.run_id, change: -1 });
    }
    if (seen.length === 2 * runs) break;
  }
  enough.abort();
  return seen;
}

test('two hundred runs started at once run three at a time, in order, and no start waits for its turn', async () => {
  const pipeline = uniqueId('crowd');
  const place = { namespace: 'default', pipeline };
  await gofer.configs.register('default', { ...pipelineOf(pipeline, shellTask('main', 'true')), parallelism: 3 });
  await Promise.all(Array.from({ length: 200 }, () => gofer.runs.start(place)));

  const { run: last } = await gofer.runs.get({ ...place, run: 200 });
  expect(last).toMatchObject({ state: 'pending', detail: { waiting: { limit: 'pipeline', allowed: 3 } } });
  const { runs } = await gofer.runs.list(place, { limit: 20, reverse: true });
  const positions = runs.map(({ detail }) => detail?.waiting?.position ?? 0);
  expect(positions).toEqual(positions.map((_, index) => (positions[0] ?? 0) - index));

  const seen = await startsAndEnds(pipeline, 200);
  expect(seen.filter(({ change }) => change > 0).map(({ run }) => run)).toEqual(
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
  let running = 0;
  const counts = seen.map(({ change }) => (running += change));
  expect(Math.max(...counts)).toBe(3);
  expect((await gofer.runs.get({ ...place, run: 200 })).run.status).toBe('successful');
}, 300_000);

test('with cancel_newest a run that meets the limit is cancelled, and says who holds it', async () => {
  const document = pipelineOf(uniqueId('newest'), shellTask('main', 'sleep 600'));
  const first = await startRunOf(gofer, { ...document, parallelism: 1, on_limit: 'cancel_newest' });
  await untilTask(gofer, first, 'main', ({ state }) => state === 'running');
  const { run } = await gofer.runs.start(first);
  const { run: newest, tasks } = await untilComplete(gofer, { ...first, run: run.run_id });
  expect(newest).toMatchObject({ status: 'cancelled', status_reason: { reason: 'admin_cancelled' } });
  expect(newest.status_reason?.description).toContain('the pipeline, which may have 1 run at once (#1)');
  expect(tasks).toEqual({});
  expect((await gofer.runs.get(first)).run.state).toBe('running');
  await gofer.runs.cancel(first);
  await untilComplete(gofer, first);
});

test('with cancel_oldest the oldest run makes way for the newest', async () => {
  const script = 'test "$GOFER_RUN_ID" = 3 || sleep 600';
  const document = pipelineOf(uniqueId('oldest'), shellTask('main', script));
  const first = await startRunOf(gofer, { ...document, parallelism: 2, on_limit: 'cancel_oldest' });
  const { run } = await gofer.runs.start(first);
  const second = { ...first, run: run.run_id };
  for (const ref of [first, second]) await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await gofer.runs.start(first);

  const { run: oldest } = await untilComplete(gofer, first);
  expect(oldest).toMatchObject({ status: 'cancelled', status_reason: { reason: 'admin_cancelled' } });
  expect(oldest.detail?.cancelled_by).toMatch(/^run #3: the pipeline may have 2 at once/);
  expect((await untilComplete(gofer, { ...first, run: 3 })).run.status).toBe('successful');
  expect((await gofer.runs.get(second)).run.state).toBe('running');
  await gofer.runs.cancel(second);
  await untilComplete(gofer, second);
});
