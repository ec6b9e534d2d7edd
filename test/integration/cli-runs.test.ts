import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';

const { apiUrl, token } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
const gofer = (...args: string[]) => runProgram(args, env);
const client = clientFor();

test('a run is shown with its attempts and a timeline', async () => {
  const retries = { attempts: 1, delay: 0 };
  const id = uniqueId('runs');
  const ref = await startRunOf(
    client,
    pipelineOf(
      id,
      shellTask('flaky', 'exit 3', { retries }),
      shellTask('next', 'true', { depends_on: { flaky: 'Any' } }),
    ),
  );
  await untilComplete(client, ref);
  const { stdout, code } = await gofer('run', 'get', id, '1');
  expect(code).toBe(0);
  expect(stdout).toMatch(/attempt 1 failed after .*: exit code 3\n +attempt 2\n +exit code 3\n/);
  expect(stdout).toMatch(/ {2}Timeline\n +0s .*\n {4}flaky {2}.*█.*\n {4}next .*█.*\n {4}· waits/);
});

test('everything about a run goes into one archive, without secrets', async () => {
  const id = uniqueId('runs');
  const secret = `hush-${id}`;
  const ref = { namespace: 'default', pipeline: id };
  await client.configs.register('default', pipelineOf(id, shellTask('said', 'echo "it is $HIDDEN"; echo plain')));
  await client.secrets.put(ref, { key: 'hidden', content: secret, force: false });
  const document = pipelineOf(
    id,
    shellTask('said', 'echo "it is $HIDDEN"; echo plain', { variables: { HIDDEN: 'pipeline_secret{{hidden}}' } }),
    shellTask('never', 'true', { depends_on: { said: 'Failure' } }),
  );
  const run = await startRunOf(client, document, { MY_TOKEN: 'typed by hand' });
  await untilComplete(client, run);

  const folder = await temporaryFolder();
  const file = join(folder, 'why.tar.gz');
  const { code, stdout } = await gofer('run', 'debug', id, '1', '--output', file, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ label: 'success', data: { output: file, missing: [] } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder]);
  const read = (name: string) => readFile(join(folder, `gofer-${id}-1`, name), 'utf8');
  const json = async (name: string) => JSON.parse(await read(name)) as unknown;
  expect(await json('run.json')).toMatchObject({ run: { run_id: 1, status: 'successful' } });
  expect(await json('tasks.json')).toMatchObject({ task_executions: [{ task_id: 'never' }, { task_id: 'said' }] });
  expect(await json('config.json')).toMatchObject({ config: { version: 2 } });
  expect(await json('objects.json')).toEqual({ objects: [] });
  expect(await json('deployments.json')).toEqual({ deployments: [] });
  expect(await json('versions.json')).toMatchObject({ client: { address: apiUrl }, server: { semver: '0.9.1' } });
  expect(await read('logs/said.log')).toMatch(/^\S+Z it is \S+\n\S+Z plain\n$/);
  expect((await read('events.ndjson')).trim().split('\n').at(0)).toContain('completed_run');
  const { stdout: all } = await promisify(execFile)('tar', ['-xzOf', file]);
  expect(all).not.toContain(secret);
  expect(all).not.toContain('typed by hand');
  expect(all).not.toContain(token);
  expect((await gofer('run', 'debug', id, '9')).code).toBe(3);
});
