import { afterEach, expect, test } from 'vitest';
import NamespaceDelete from '../../../cli/commands/namespace/delete.ts';
import NamespaceList from '../../../cli/commands/namespace/list.ts';
import PipelineGet from '../../../cli/commands/pipeline/get.ts';
import RunGet from '../../../cli/commands/run/get.ts';
import RunList from '../../../cli/commands/run/list.ts';
import RunRerun from '../../../cli/commands/run/rerun.ts';
import RunStart from '../../../cli/commands/run/start.ts';
import { startStubApi, type StubApi, type StubBehaviour } from '../sdk/stub-api.ts';
import { type Outcome, runCommand } from './run-command.ts';

let stub: StubApi | undefined;
afterEach(async () => {
  await stub?.close();
  stub = undefined;
});

async function envFor(behaviour: StubBehaviour): Promise<Record<string, string>> {
  stub = await startStubApi(behaviour);
  return { GOFER_API_BASE_URL: stub.url, GOFER_TOKEN: 'secret' };
}
const refuse = (status: number) => envFor({ onRequest: () => ({ status, body: { request_id: 'r', message: 'no' } }) });
const namespaces = [{ id: 'default', name: 'Default', description: 'for all', created: 0, modified: 0 }];
const listNamespaces = () => envFor({ onRequest: () => ({ status: 200, body: { namespaces, more: 1 } }) });
const get = (env: Record<string, string>, ...argv: string[]): Promise<Outcome> =>
  runCommand(RunGet, 'run:get', argv, env);

test.each([
  [400, 1],
  [401, 4],
  [403, 4],
  [404, 3],
  [409, 1],
  [500, 1],
])('a server that answers %d makes exit code %d', async (status, exit) => {
  const outcome = await get(await refuse(status), 'demo', '1');
  expect(outcome).toMatchObject({ stdout: '', exit });
  expect(outcome.stderr).toMatch(/^x no\n/);
  expect(outcome.stderr).toContain(`GET /api/namespaces/default/pipelines/demo/runs/1 answered ${status}, request r\n`);
});

test('no server makes exit code 5 and says how to start one', async () => {
  const env = await refuse(500);
  await stub?.close();
  stub = undefined;
  const outcome = await get(env, 'demo', '1');
  expect(outcome.exit).toBe(5);
  expect(outcome.stderr).toContain('gofer service start');
});

test.each([[['demo']], [['demo', 'one']], [['demo', '1', '--nonsense']], [['demo', '1', '2']]])(
  'wrong usage %j makes exit code 2, in JSON too',
  async (argv) => {
    const env = { GOFER_API_BASE_URL: 'http://127.0.0.1:1' };
    expect(await get(env, ...argv)).toMatchObject({ stdout: '', exit: 2 });
    const { stdout, stderr, exit } = await get(env, ...argv, '--json');
    expect({ stdout, exit }).toEqual({ stdout: '', exit: 2 });
    expect(JSON.parse(stderr)).toMatchObject({ label: 'error', data: { exit_code: 2, status: null } });
  },
);

test('plain output is a table', async () => {
  const outcome = await runCommand(NamespaceList, 'namespace:list', [], await listNamespaces());
  expect(outcome).toEqual({
    stdout: [
      '|   id    |  name   | description | created |',
      '|---------|---------|-------------|---------|',
      '| default | Default | for all     | Unknown |',
      '',
    ].join('\n'),
    stderr: '',
    exit: 0,
  });
});

test('JSON output is what the API answered, by flag, by option and by variable', async () => {
  const env = await listNamespaces();
  for (const [argv, more] of [
    [['--json'], {}],
    [['--output-format', 'json'], {}],
    [[], { GOFER_OUTPUT_FORMAT: 'json' }],
  ] as const) {
    const outcome = await runCommand(NamespaceList, 'namespace:list', argv, { ...env, ...more });
    expect(JSON.parse(outcome.stdout)).toEqual({ namespaces, more: 1 });
  }
});

test('an action without an answer says in JSON that it is done', async () => {
  const env = await envFor({ onRequest: () => ({ status: 204 }) });
  const outcome = await runCommand(NamespaceDelete, 'namespace:delete', ['team-a', '--json'], env);
  expect(JSON.parse(outcome.stdout)).toEqual({ label: 'success', data: { namespace_id: 'team-a' } });
});

test('silent output leaves only the exit code', async () => {
  const silent = { GOFER_OUTPUT_FORMAT: 'silent' };
  expect(await runCommand(NamespaceList, 'namespace:list', [], { ...(await listNamespaces()), ...silent })).toEqual({
    stdout: '',
    stderr: '',
    exit: 0,
  });
  await stub?.close();
  expect(await get({ ...(await refuse(404)), ...silent }, 'demo', '1')).toEqual({ stdout: '', stderr: '', exit: 3 });
});

test('variables are split at the first equals sign, and the last one wins', async () => {
  const bodies: string[] = [];
  const env = await envFor({
    onRequest: (_request, body) => {
      bodies.push(body);
      return { status: 201, body: { run: { run_id: 3 } } };
    },
  });
  const argv = ['demo', '-v', 'A=1', '-v', 'B=x=y', '--variable', 'A=2', '-v', 'C='];
  const outcome = await runCommand(RunStart, 'run:start', argv, env);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ variables: { A: '2', B: 'x=y', C: '' } }]);
  expect(outcome.stdout).toContain('gofer run follow demo 3');
  expect(await runCommand(RunStart, 'run:start', ['demo', '-v', 'oops'], env)).toMatchObject({ exit: 2 });
});

const run = {
  ...{ namespace_id: 'default', pipeline_id: 'demo', pipeline_config_version: 1, run_id: 7, started: 1, ended: 0 },
  ...{ state: 'running', status: 'unknown', initiator: { id: '', user: 'ann' }, variables: [] },
  store_objects_expired: false,
};
const pending = {
  ...{ ...run, run_id: 9, state: 'pending' },
  detail: { waiting: { limit: 'pipeline', allowed: 1, held_by: ['default/demo/7', 'other/demo/1'], position: 2 } },
};

test('a list of runs says what they wait for, if any does', async () => {
  const list = (runs: object[]) => envFor({ onRequest: () => ({ status: 200, body: { runs } }) });
  const { stdout } = await runCommand(RunList, 'run:list', ['demo'], await list([pending, run]));
  const rows = stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim())[8]);
  expect([rows[0], ...rows.slice(2, 4)]).toEqual(['waits for', 'pipeline of 1, place 2, behind #7, other/demo/1', '']);
  await stub?.close();
  expect((await runCommand(RunList, 'run:list', ['demo'], await list([run]))).stdout).not.toContain('waits for');
});

test('a run that waits says what for', async () => {
  const env = await envFor({
    onRequest: ({ url = '' }) => ({
      status: 200,
      body: url.endsWith('/tasks') ? { task_executions: [] } : { run: pending },
    }),
  });
  expect((await get(env, 'demo', '9')).stdout).toContain('  Limit: pipeline of 1, place 2, behind #7, other/demo/1\n');
});

test('a run is run again, from its failed tasks if that is asked for', async () => {
  const seen: string[] = [];
  const env = await envFor({
    onRequest: ({ method, url }, body) => {
      seen.push(`${method} ${url} ${body}`);
      return { status: 201, body: { run: { ...run, run_id: 8, detail: { rerun_of: 7, reuse: true } } } };
    },
  });
  const { stdout } = await runCommand(RunRerun, 'run:rerun', ['demo', '7', '--from-failed'], env);
  expect(stdout).toContain("Started run #8 of pipeline 'demo', which repeats #7\n");
  expect(stdout).toContain('gofer run follow demo 8');
  await runCommand(RunRerun, 'run:rerun', ['demo', '7'], env);
  const request = 'POST /api/namespaces/default/pipelines/demo/runs/7/rerun';
  expect(seen).toEqual([`${request} {"from_failed":true}`, `${request} {"from_failed":false}`]);
});

test('a run that repeats another one says so', async () => {
  const repeated = { ...run, detail: { rerun_of: 3, reuse: true } };
  const env = await envFor({
    onRequest: ({ url = '' }) => ({
      status: 200,
      body: url.endsWith('/tasks') ? { task_executions: [] } : { run: repeated },
    }),
  });
  expect((await get(env, 'demo', '7')).stdout).toContain('  Repeats #3, and keeps what was successful there\n');
});

test('a pipeline is shown with its limits and those of its tasks', async () => {
  const task = { id: 'build', depends_on: {}, retries: { attempts: 2 }, memory: 536_870_912 };
  const config = { name: 'Demo', description: '', version: 1, state: 'live', parallelism: 2, tasks: { build: task } };
  const env = await envFor({
    onRequest: ({ url = '' }) => {
      if (url.includes('/runs')) return { status: 200, body: { runs: [] } };
      if (url.includes('/subscriptions')) return { status: 401, body: { message: 'no' } };
      if (url.includes('/configs')) return { status: 200, body: { config: { ...config, on_limit: 'cancel_newest' } } };
      return { status: 200, body: { pipeline: { pipeline_id: 'demo', state: 'active', created: 1 } } };
    },
  });
  const { stdout } = await runCommand(PipelineGet, 'pipeline:get', ['demo'], env);
  expect(stdout).toContain('  Limits: at most 2 runs at once; at the limit further ones are cancelled\n');
  expect(stdout).toContain('        tried again 2 times, after 1 s, 2 times as long each time, up to 300 s\n');
  expect(stdout).toContain('        at most 512 MiB\n');
});
