import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { runProgram } from '../helpers/programs.ts';

const { apiUrl, token } = inject('cluster');
const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token, NO_COLOR: '1' };
const gofer = (...args: string[]) => runProgram(args, env);
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
});

/** Writes a pipeline document to a file and returns its path. */
async function documentFile(id: string, ...scripts: string[]): Promise<string> {
  const file = join(folder, `${id}.json`);
  const tasks = scripts.map((script, index) => shellTask(`task-${index}`, script));
  await writeFile(file, JSON.stringify(pipelineOf(id, ...tasks)));
  return file;
}

describe('the examples', () => {
  test.each([
    ['simple', 0],
    ['script', 0],
    ['dag', 1],
  ])('%s runs to its end, and the exit status follows it', async (name, code) => {
    const outcome = await gofer('up', join(packageRoot, 'examples', name), '--run', '--follow');
    expect(outcome.stderr).toBe('');
    expect(outcome.stdout).toContain(code === 0 ? 'successful after' : 'failed after');
    expect(outcome.code).toBe(code);
  });

  test('parallel has one run at a time', async () => {
    const up = await gofer('up', join(packageRoot, 'examples', 'parallel'));
    expect(up.code).toBe(0);
    const runs = await Promise.all([1, 2].map(() => gofer('run', 'start', 'parallel', '--follow')));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  });
});

test('up registers a document once, and a changed one again', async () => {
  const id = uniqueId('cli');
  const first = await gofer('up', await documentFile(id, 'echo one'));
  expect(first.stdout).toContain(`[${id}]`);
  expect(first.stdout).toContain('v1');
  const again = await gofer('up', await documentFile(id, 'echo one'), '--json');
  expect(again.code).toBe(0);
  const changed = await gofer('up', await documentFile(id, 'echo two'));
  expect(changed.stdout).toContain('v2');
  const { stdout } = await gofer('pipeline', 'get', id, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ pipeline: { pipeline_id: id, state: 'active' } });
});

test('a run can be started, looked at and read', async () => {
  const id = uniqueId('cli');
  await gofer('up', await documentFile(id, 'echo "hello $WHO"', 'echo other'));
  const started = await gofer('run', 'start', id, '--variable', 'WHO=you', '--json');
  expect(JSON.parse(started.stdout)).toMatchObject({ run: { run_id: 1, state: 'pending' } });
  expect((await gofer('run', 'follow', id, '1')).code).toBe(0);

  expect(JSON.parse((await gofer('run', 'list', id, '--json')).stdout)).toMatchObject({ runs: [{ run_id: 1 }] });
  expect((await gofer('run', 'get', id, '1')).stdout).toContain('task-0');
  expect((await gofer('task', 'list', id, '1')).stdout).toContain('successful');
  expect((await gofer('task', 'get', id, '1', 'task-0')).stdout).toContain('WHO');
  expect((await gofer('task', 'logs', id, '1', 'task-0')).stdout).toBe('hello you\n');
  const logs = (await gofer('run', 'logs', id, '1')).stdout.split('\n').filter(Boolean).sort();
  expect(logs).toHaveLength(2);
  expect(logs[0]).toMatch(/^task-0 +\| hello you$/);
});

test('a run can be cancelled, and following it says so', async () => {
  const id = uniqueId('cli');
  await gofer('up', await documentFile(id, 'sleep 600'));
  await gofer('run', 'start', id);
  const following = gofer('run', 'follow', id, '1');
  expect((await gofer('run', 'cancel', id, '1')).code).toBe(0);
  const { code, stdout } = await following;
  expect(stdout).toContain('cancelled');
  expect(code).toBe(1);
});

test.each([
  ['a pipeline that does not exist', ['run', 'list', 'no-such-pipeline'], 3, /does not exist/],
  ['a command with a typo', ['rnu', 'list'], 2, /did you mean/],
  ['a path that does not exist', ['up', '/no/such/path'], 2, /does not exist/],
])('%s is an error that says what to do', async (_what, args, code, message) => {
  const outcome = await gofer(...args);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stdout).toBe('');
  expect(outcome.code).toBe(code);
});

test('a bad token and a server that is not there have exit codes of their own', async () => {
  const refused = await runProgram(['task', 'list', 'any', '1'], { ...env, GOFER_TOKEN: 'wrong' });
  expect(refused.code).toBe(4);
  const unreachable = await runProgram(['pipeline', 'list'], { ...env, GOFER_API_BASE_URL: 'http://127.0.0.1:1' });
  expect(unreachable.code).toBe(5);
  expect(unreachable.stderr).toContain('gofer service start');
});

test('the configuration of a server is shown without its secrets', async () => {
  const key = 'a key of forty characters that is secret';
  const environment = { GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: key, GOFER_WEB_API__LOG_LEVEL: 'debug' };
  const { code, stdout } = await runProgram(['service', 'config'], environment);
  expect(code).toBe(0);
  expect(stdout).toContain('log_level = "debug"');
  expect(stdout).toContain('encryption_key = "[Redacted]"');
  expect(stdout).not.toContain(key);
  const wrong = await runProgram(['service', 'config'], { GOFER_WEB_API__COLOUR: 'red' });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('colour');
});

test('help comes at once, and names every command', async () => {
  const times: number[] = [];
  let help = '';
  for (let round = 0; round < 10; round += 1) {
    const begun = performance.now();
    help = (await gofer('run', '--help')).stdout;
    times.push(performance.now() - begun);
  }
  for (const command of ['list', 'get', 'start', 'cancel', 'logs', 'follow']) expect(help).toContain(`run ${command}`);
  expect(Math.min(...times)).toBeLessThan(300);
});
