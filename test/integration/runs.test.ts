import { Client, Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import { goferPipeline, goferRun, goferStatus } from '../../workflows/search-attributes.ts';
import { containerOf, containersOf, letGo } from '../helpers/docker.ts';
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

test('a graph with every kind of edge ends as the contract says', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('edges'),
      shellTask('good', 'exit 0'),
      shellTask('bad', 'echo broken >&2; exit 3'),
      shellTask('after-good', 'true', { depends_on: { good: 'Success' } }),
      shellTask('after-both', 'true', { depends_on: { good: 'Success', bad: 'Success' } }),
      shellTask('on-failure', 'true', { depends_on: { bad: 'Failure' } }),
      shellTask('whatever', 'true', { depends_on: { 'after-both': 'Any', 'on-failure': 'Any' } }),
    ),
  );
  const { run, tasks } = await untilComplete(gofer, ref);

  expect(run).toMatchObject({ state: 'complete', status: 'failed' });
  expect(run.status_reason).toEqual({ reason: 'abnormal_exit', description: "task 'bad': exit code 3" });
  expect(run.ended).toBeGreaterThanOrEqual(run.started);
  expect(Object.fromEntries(Object.entries(tasks).map(([id, task]) => [id, [task.status, task.exit_code]]))).toEqual({
    good: ['successful', 0],
    bad: ['failed', 3],
    'after-good': ['successful', 0],
    'after-both': ['skipped', 1],
    'on-failure': ['successful', 0],
    whatever: ['successful', 0],
  });
  expect(tasks['after-both']?.status_reason?.reason).toBe('failed_precondition');
  expect(tasks['after-both']?.detail?.skipped_because).toEqual({
    parent: 'bad',
    required: 'success',
    parent_status: 'failed',
  });
  expect(await logOf(gofer, ref, 'bad')).toBe('broken\n');
  expect(await logOf(gofer, ref, 'after-both')).toBe('');
});

test('no container is left behind', async () => {
  const ref = await startRunOf(
    gofer,
    pipelineOf(uniqueId('tidy'), shellTask('one', 'true'), shellTask('two', 'false')),
  );
  await untilComplete(gofer, ref);
  expect(await containersOf(ref.pipeline)).toEqual([]);
});

test('tasks see the system, config and run variables; later ones win whatever their case', async () => {
  const variables = { FROM_CONFIG: 'config', shared: 'config' };
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('vars'), shellTask('show', 'env', { variables })), {
    SHARED: 'run',
    EXTRA: 'a=b c',
  });
  const { tasks } = await untilComplete(gofer, ref);
  const lines = (await logOf(gofer, ref, 'show')).split('\n');

  expect(lines).toEqual(
    expect.arrayContaining([
      `GOFER_PIPELINE_ID=${ref.pipeline}`,
      'GOFER_RUN_ID=1',
      'GOFER_TASK_ID=show',
      'GOFER_TASK_IMAGE=gofer/base:1',
      'FROM_CONFIG=config',
      'SHARED=run',
      'EXTRA=a=b c',
    ]),
  );
  expect(lines).not.toContain('shared=config');
  expect(tasks['show']?.variables).toContainEqual({ key: 'SHARED', value: 'run', source: 'run_options' });
});

test('a log arrives while it is written, and whole', async () => {
  const script = 'echo first; while [ ! -f /go ]; do sleep 0.05; done; printf "last without newline"';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('live'), shellTask('talk', script)));
  const pieces: string[] = [];
  for await (const piece of gofer.followLogs({ ...ref, task: 'talk' })) {
    pieces.push(piece);
    if (piece !== 'first\n') continue;
    await letGo(ref.pipeline);
  }
  expect(pieces).toEqual(['first\n', 'last without newline']);
});

test('a pipeline without tasks succeeds at once', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('empty')));
  expect((await untilComplete(gofer, ref)).run.status).toBe('successful');
});

test('a run uses the live version, and the highest if none was ever deployed', async () => {
  const id = uniqueId('versions');
  const first = await startRunOf(gofer, pipelineOf(id, shellTask('main', 'echo one')));
  await gofer.configs.deploy(first, 1);
  const second = await startRunOf(gofer, pipelineOf(id, shellTask('main', 'echo two')));
  expect((await untilComplete(gofer, first)).run.pipeline_config_version).toBe(1);
  expect((await untilComplete(gofer, second)).run.pipeline_config_version).toBe(1);
  await gofer.configs.deploy(first, 2);
  const third = await gofer.runs.start(first);
  expect(third.run).toMatchObject({ run_id: 3, pipeline_config_version: 2, state: 'pending' });
});

test('an unknown secret fails its task with a reason that names it', async () => {
  const variables = { PASSWORD: 'pipeline_secret{{db-password}}' };
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('secret'), shellTask('main', 'true', { variables })));
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']?.status_reason?.reason).toBe('failed_precondition');
  expect(tasks['main']?.status_reason?.description).toContain('db-password');
  expect(run.status_reason?.reason).toBe('failed_precondition');
});

test('an image that does not exist fails its task with the reason of the engine', async () => {
  const image = 'gofer/there-is-no-such-image:1';
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('image'), shellTask('main', 'true', { image })));
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']).toMatchObject({ status: 'failed', exit_code: 1, started: 0 });
  expect(tasks['main']?.status_reason?.reason).toBe('scheduler_error');
  expect(tasks['main']?.status_reason?.description).toContain(image);
  expect(await logOf(gofer, ref, 'main')).toBe(`gofer: pulling image ${image}\n`);
});

test('a command that does not exist fails its task with the reason of the engine', async () => {
  const command = ['/no/such/program'];
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('command'), shellTask('main', '', { command })));
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']).toMatchObject({ status: 'failed', exit_code: 1 });
  expect(tasks['main']?.status_reason).toMatchObject({ reason: 'scheduler_error' });
  expect(tasks['main']?.status_reason?.description).toContain('/no/such/program');
});

test('a container killed from outside ends its task with the signal', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('killed'), shellTask('main', 'sleep 600')));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await (await containerOf(ref.pipeline)).kill({ signal: 'SIGKILL' });
  const { tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']).toMatchObject({ status: 'failed', exit_code: 137 });
  expect(tasks['main']?.status_reason?.description).toContain('signal KILL');
});

test('a container removed from outside ends its task, and fails the run, saying so', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('removed'), shellTask('main', 'sleep 600')));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await (await containerOf(ref.pipeline)).remove({ force: true });
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(tasks['main']?.exit_code).toBe(1);
  expect(tasks['main']?.status_reason?.reason).toBe('scheduler_error');
  expect(tasks['main']?.status_reason?.description).toContain('removed from outside');
  expect(run).toMatchObject({ status: 'failed', status_reason: { reason: 'scheduler_error' } });
});

test('every event of a run comes once and in order', async () => {
  const done = new AbortController();
  const kinds: string[] = [];
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('events'),
      shellTask('one', 'true'),
      shellTask('two', 'true', { depends_on: { one: 'Success' } }),
    ),
  );
  for await (const { kind } of gofer.followEvents({ history: true, signal: done.signal })) {
    const [[name, fields] = ['', {}]] = Object.entries(kind);
    if (!('pipeline_id' in fields) || fields.pipeline_id !== ref.pipeline) continue;
    kinds.push('task_execution_id' in fields ? `${name} ${fields.task_execution_id}` : name);
    if (name === 'completed_run') break;
  }
  expect(kinds).toEqual([
    'created_pipeline',
    'queued_run',
    'started_run',
    'created_task_execution one',
    'created_task_execution two',
    'started_task_execution one',
    'completed_task_execution one',
    'started_task_execution two',
    'completed_task_execution two',
    'completed_run',
  ]);
});

test('the workflow of a run says what it belongs to and how it ended', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('attributes'), shellTask('main', 'true')));
  const { run } = await untilComplete(gofer, ref);
  const connection = await Connection.connect({ address: inject('cluster').temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle(run.detail?.workflow_id ?? '');
  await handle.result();
  const { typedSearchAttributes: attributes } = await handle.describe();
  expect(attributes.get(goferPipeline)).toBe(ref.pipeline);
  expect(attributes.get(goferRun)).toBe(1);
  expect(attributes.get(goferStatus)).toBe('successful');
  await connection.close();
});
