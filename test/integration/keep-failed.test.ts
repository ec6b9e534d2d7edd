import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { reapContainers } from '../../activities/reaper.ts';
import type { RunRef } from '../../core/ids.ts';
import { openStore, type Store } from '../../store/client.ts';
import { getInstance } from '../../store/installation.ts';
import { containersOf, docker } from '../helpers/docker.ts';
import { clientFor, pipelineOf, shellTask, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';

const { apiUrl, token, databaseUrl } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
const gofer = clientFor();
let store: Store;
beforeAll(() => {
  store = openStore(databaseUrl, () => undefined);
});
afterAll(() => store.close());

/** A complete run of which one task has failed, and left something behind. */
async function failedRun(...flags: string[]): Promise<RunRef> {
  const pipeline = uniqueId('kept');
  const script = 'echo "left by $WHO" > /left; exit 3';
  const fails = shellTask('fails', script, { variables: { WHO: 'a task' }, retries: { attempts: 1, delay: 0 } });
  await gofer.configs.register('default', pipelineOf(pipeline, fails, shellTask('works', 'true')));
  const { code } = await runProgram(['run', 'start', pipeline, ...flags], env);
  expect(code).toBe(0);
  const ref = { namespace: 'default', pipeline, run: 1 };
  await untilComplete(gofer, ref);
  return ref;
}

/** The reaper, to whom every container looks old. */
async function reap(): Promise<void> {
  const instance = await getInstance(store.db);
  const removeContainer = async (id: string) => docker.getContainer(id).remove({ force: true });
  const listContainers = async (labels: Readonly<Record<string, string>>) => {
    const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const found = await docker.listContainers({ all: true, filters: { label } });
    const mine = found.filter(({ Labels: { 'gofer.pipeline': pipeline = '' } }) => pipeline.startsWith('kept-'));
    return mine.map(({ Id: id, Labels: theirs }) => ({ id, labels: theirs, createdAt: 0, state: 'exited' as const }));
  };
  await reapContainers({ db: store.db, scheduler: { listContainers, removeContainer }, instance });
}

test('the container of a failed task is kept for a while, and one can look inside', async () => {
  const ref = await failedRun('--keep-failed', '10m');
  const { task_execution: failed } = await gofer.tasks.get({ ...ref, task: 'fails' });
  expect(failed.detail?.kept_until).toBeGreaterThan(Date.now() + 500_000);
  expect((await gofer.runs.get(ref)).run.detail?.keep_failed).toBe(600);
  await reap();
  expect((await containersOf(ref.pipeline)).map(({ Id }) => Id)).toEqual([failed.detail?.container_id]);

  const attach = (command: string) => runProgram(['task', 'attach', ref.pipeline, '1', 'fails', '--cmd', command], env);
  expect(await attach('cat /left')).toMatchObject({ code: 0, stdout: 'left by a task\r\n' });
  expect((await attach('cat /proc/self/environ')).stdout).toContain('WHO=a task\0');
  expect((await attach('ls /nowhere')).code).not.toBe(0);
  const missing = await attach('/no/such/shell');
  expect(missing.code).toBe(127);
  expect(missing.stdout).toContain('/no/such/shell');
  const left = { filters: { label: [`gofer.pipeline=${ref.pipeline}`] } };
  await expect.poll(() => docker.listImages(left)).toEqual([]);
  expect((await attach('cat /left')).code).toBe(0);
  expect((await runProgram(['task', 'get', ref.pipeline, '1', 'fails'], env)).stdout).toMatch(
    /Container Removed: +in \d+ minutes/,
  );

  const { namespace, pipeline, run } = ref;
  await store.db.$executeRaw`
    update task_executions set kept_until = clock_timestamp()
    where namespace_id = ${namespace} and pipeline_id = ${pipeline} and run_id = ${run}`;
  const late = await attach('cat /left');
  expect(late.code).toBe(1);
  expect(late.stderr).toContain('is complete, not running');
  await reap();
  expect(await containersOf(pipeline)).toEqual([]);
});

test('without being asked to, nothing is kept', async () => {
  const ref = await failedRun();
  expect(await containersOf(ref.pipeline)).toEqual([]);
  expect((await gofer.tasks.get({ ...ref, task: 'fails' })).task_execution.detail?.kept_until).toBeUndefined();
});

test('a run that is repeated may keep what fails as well', async () => {
  const ref = await failedRun();
  const { run } = await gofer.runs.rerun(ref, { fromFailed: true, keepFailed: 60 });
  await untilComplete(gofer, { ...ref, run: run.run_id });
  expect(await containersOf(ref.pipeline)).toHaveLength(1);
  await docker.getContainer((await containersOf(ref.pipeline))[0]?.Id ?? '').remove();
});

test.each(['soon', '0s', '200h'])('a container cannot be kept for %s', async (duration) => {
  const { code, stderr } = await runProgram(['run', 'start', 'any', '--keep-failed', duration], env);
  expect(code).toBe(2);
  expect(stderr).toContain(`cannot be kept for '${duration}'`);
});
