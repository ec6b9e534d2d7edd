import { expect, inject, test } from 'vitest';
import type { RunRef } from '../../core/ids.ts';
import { tokenWith } from '../helpers/callers.ts';
import {
  clientFor,
  logOf,
  pipelineOf,
  shellTask,
  startRunOf,
  uniqueId,
  untilComplete,
  untilTask,
} from '../helpers/gofer.ts';

const gofer = clientFor();

function send(method: string, path: string, body?: string): Promise<Response> {
  const { apiUrl, token } = inject('cluster');
  const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
  return fetch(`${apiUrl}${path}`, { method, headers, ...(body !== undefined && { body }) });
}

/** A complete run of one task. */
async function completeRun(script: string, variables: Record<string, string> = {}): Promise<RunRef> {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('rerun'), shellTask('main', script)), variables);
  await untilComplete(gofer, ref);
  return ref;
}

test('a complete run runs again with its version and variables, for whoever asks for it', async () => {
  const first = await completeRun('test "$LEVEL" = full', { LEVEL: 'full' });
  await gofer.configs.register('default', pipelineOf(first.pipeline, shellTask('main', 'exit 1')));
  const other = clientFor({ ...inject('cluster'), token: await tokenWith(['admin']) });
  const { run } = await other.runs.rerun(first);
  expect(run).toMatchObject({
    ...{ run_id: 2, pipeline_config_version: 1, state: 'pending', initiator: { user: 'tester' } },
    variables: [{ key: 'LEVEL', value: 'full', source: 'run_options' }],
    detail: { rerun_of: 1 },
  });
  expect(run.detail).not.toHaveProperty('reuse');
  const { run: again } = await untilComplete(gofer, { ...first, run: 2 });
  expect(again).toMatchObject({ status: 'successful', detail: { rerun_of: 1 } });

  const { runs } = await gofer.runs.list(first);
  expect(runs.map(({ detail }) => detail?.rerun_of)).toEqual([undefined, 1]);
});

test('what was successful is kept only if something was not', async () => {
  const failed = await completeRun('exit 3');
  const { run } = await gofer.runs.rerun(failed, { fromFailed: true });
  expect(run.detail).toMatchObject({ rerun_of: 1, reuse: true });
  expect((await untilComplete(gofer, { ...failed, run: 2 })).run.detail).toMatchObject({ rerun_of: 1, reuse: true });

  const successful = await completeRun('true');
  const refusal = gofer.runs.rerun(successful, { fromFailed: true });
  await expect(refusal).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('has no task that failed'),
  });
});

test('a run that is not complete, or is not there, is not repeated', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('rerun'), shellTask('main', 'sleep 600')));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  const refusal = gofer.runs.rerun(ref);
  await expect(refusal).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('is running; only a complete one'),
  });
  await expect(gofer.runs.rerun({ ...ref, run: 9 })).rejects.toMatchObject({ status: 404 });
  await gofer.runs.cancel(ref);
  await untilComplete(gofer, ref);

  const path = { namespace_id: ref.namespace, pipeline_id: ref.pipeline };
  await gofer.api.PATCH('/api/namespaces/{namespace_id}/pipelines/{pipeline_id}', {
    params: { path },
    body: { state: 'disabled' },
  });
  await expect(gofer.runs.rerun(ref)).rejects.toMatchObject({ status: 503 });
  expect((await gofer.runs.list(ref)).runs).toHaveLength(1);
});

test('a run from the failures keeps what succeeded, with its log, and runs the rest', async () => {
  const pipeline = uniqueId('rerun');
  const tasks = [
    shellTask('built', 'echo built once'),
    shellTask('tested', 'echo "try $GOFER_RUN_ID"; [ "$GOFER_RUN_ID" = 2 ]', { depends_on: { built: 'Success' } }),
    shellTask('alarm', 'true', { depends_on: { tested: 'Failure' } }),
    shellTask('shipped', 'echo shipped', { depends_on: { tested: 'Success' } }),
  ];
  const first = await startRunOf(gofer, pipelineOf(pipeline, ...tasks));
  expect((await untilComplete(gofer, first)).run.status).toBe('failed');
  const objects = (number: number) => `/api/namespaces/default/pipelines/${pipeline}/runs/${number}/objects/result`;
  expect((await send('POST', `${objects(1)}?force=false`, 'of the first')).status).toBe(201);
  const { run } = await gofer.runs.rerun(first, { fromFailed: true });
  const second = { ...first, run: run.run_id };
  const { run: again, tasks: ended } = await untilComplete(gofer, second);
  expect(again.status).toBe('successful');
  const statuses = Object.values(ended).map(({ task_id: id, status, detail }) => [id, status, detail?.reused_from]);
  expect(statuses).toEqual([
    ['alarm', 'skipped', undefined],
    ['built', 'successful', 1],
    ['shipped', 'successful', undefined],
    ['tested', 'successful', undefined],
  ]);
  expect(await logOf(gofer, second, 'built')).toBe('built once\n');
  expect(await logOf(gofer, second, 'tested')).toBe('try 2\n');

  expect(await (await send('GET', objects(2))).text()).toBe('of the first');
  // Whoever made it would make it again, and did not need force for that.
  expect((await send('POST', `${objects(2)}?force=false`, 'of the second')).status).toBe(201);
  expect((await send('POST', `${objects(2)}?force=false`, 'once more')).status).toBe(409);
  expect(await (await send('GET', objects(2))).text()).toBe('of the second');
  expect(await (await send('GET', objects(1))).text()).toBe('of the first');
});
