import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { RunRef } from '../../core/ids.ts';
import { packageRoot } from '../../runtime/paths.ts';
import { done, gofer, goferAsked, goferReading, json, plain } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilRun } from '../helpers/gofer.ts';

const client = clientFor();
const id = uniqueId('cli-run');
const at = [id, '1'];
let ref: RunRef;

beforeAll(async () => {
  ref = await startRunOf(client, pipelineOf(id, shellTask('main', 'echo one; echo two')));
  await untilComplete(client, ref);
});

test('runs and tasks answer in JSON what the document says', async () => {
  expect(await json('ListRunsResponse', 'run', 'list', id)).toMatchObject({ runs: [{ run_id: 1 }] });
  await json('GetRunResponse', 'run', 'get', ...at);
  await json('ListTaskExecutionsResponse', 'task', 'list', ...at);
  await json('GetTaskExecutionResponse', 'task', 'get', ...at, 'main');
  await json('RerunRunResponse', 'run', 'rerun', ...at);
  await json('StartRunResponse', 'pipeline', 'run', id);
});

test('runs and tasks are cancelled', async () => {
  const sleeping = await startRunOf(client, pipelineOf(uniqueId('cli-run'), shellTask('main', 'sleep 600')));
  await untilRun(client, sleeping, ({ state }) => state === 'running');
  const words = [sleeping.pipeline, String(sleeping.run)];
  const place = { namespace_id: 'default', pipeline_id: sleeping.pipeline, run_id: 1 };
  expect(await done('task', 'cancel', ...words, 'main', '--wait-for', '0')).toEqual({ ...place, task_id: 'main' });
  expect(await done('run', 'cancel', ...words)).toEqual(place);
  await untilComplete(client, sleeping);
});

describe('the log of a task', () => {
  const logs = ['task', 'logs', ...at, 'main'];

  test('is printed, as JSON line by line', async () => {
    expect(await plain(...logs)).toBe('one\ntwo\n');
    const { stdout } = await gofer(...logs, '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { task_id: 'main', line: 'one' },
      { line: 'two', stream: 'stdout', attempt: 1 },
    ]);
    expect(await plain('run', 'logs', ...at)).toContain('main | two\n');
  });

  test('is removed if that is meant', async () => {
    expect(await gofer(...logs, '--delete', '--tail', '1')).toMatchObject({ exit: 2 });
    const kept = await goferAsked([['[y/N] ', 'n\r']], [...logs, '--delete']);
    expect(kept).toMatchObject({ exit: 1, shown: expect.stringContaining('nothing was done') });
    const removed = await goferAsked([['[y/N] ', 'y\r']], [...logs, '--delete']);
    expect(removed).toMatchObject({ exit: 0, shown: expect.stringContaining("Removed the log of task 'main'") });
    expect(await gofer(...logs)).toMatchObject({ exit: 3, stderr: expect.stringContaining('was removed') });
    expect(await done(...logs, '--delete')).toMatchObject({ run_id: 1, task_id: 'main' });
  });
});

describe.each([
  ['pipeline', () => [id], 'ListPipelineObjectsResponse', 'PutPipelineObjectResponse'],
  ['run', () => at, 'ListRunObjectsResponse', 'PutRunObjectResponse'],
  ['extension', () => ['interval'], 'ListExtensionObjectsResponse', 'PutExtensionObjectResponse'],
])('objects of a %s', (owner, place, listed, stored) => {
  const words = (verb: string, ...more: string[]) => [owner, 'object', verb, ...place(), ...more];

  test('are stored, listed, shown and deleted', async () => {
    const key = uniqueId('object');
    const file = join(await temporaryFolder(), 'bytes');
    await writeFile(file, 'some bytes');
    await json(stored, ...words('put', key, file));
    expect(await plain(...words('put', key, file, '--force'))).toBe(`✓ Stored object '${key}'\n`);
    await json(listed, ...words('list'));
    expect(await plain(...words('list'))).toContain(`| ${key} | 10 bytes | Thu, 01 Jan`);
    expect((await goferReading('', words('get', key))).stdout).toBe('some bytes');
    expect(await done(...words('get', key, '--output', `${file}.copy`))).toMatchObject({ key, size: 10 });
    expect(await done(...words('delete', key))).toEqual({ key });
    expect((await gofer(...words('get', key, '--stringify'))).exit).toBe(3);
  });
});

test('secrets answer in JSON what the document says', async () => {
  const put = await goferReading('hush', ['secret', 'pipeline', 'put', id, 'key', '-', '--json']);
  expect(put).toMatchObject({ exit: 0, stderr: '' });
  await json('ListPipelineSecretsResponse', 'secret', 'pipeline', 'list', id);
  await json('GetPipelineSecretResponse', 'secret', 'pipeline', 'get', id, 'key');
  expect(await done('secret', 'pipeline', 'delete', id, 'key')).toMatchObject({ key: 'key' });
  await json('ListGlobalSecretsResponse', 'secret', 'global', 'list');
});

test('a list of runs takes little', async () => {
  // The time of the processor: on a machine with nothing else to do a person waits hardly longer than that.
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const command = ['-c', script, 'bash', process.execPath, join(packageRoot, 'dist', 'cli', 'bin', 'gofer.js')];
  const { apiUrl, token } = inject('cluster');
  const env = { ...process.env, GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token };
  const seconds: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const { stderr } = await promisify(execFile)('bash', [...command, 'run', 'list', id], { env });
    seconds.push(stderr.split(' ').reduce((sum, part) => sum + Number(part), 0));
  }
  expect(Math.min(...seconds)).toBeGreaterThan(0);
  expect(Math.min(...seconds)).toBeLessThan(0.5);
});
