import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OBJECTS_WITH_WGET } from '../../examples/lib/objects.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { containersOf } from '../helpers/docker.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { runProgram, startProgram, untilPrinted } from '../helpers/programs.ts';
import { CTRL_C, startOnTerminal } from '../helpers/terminal.ts';

/** The first run prepares what the others begin with. */
const PATIENCE = { timeout: 240_000 };

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await temporaryFolder();
  env = {
    HOME: join(folder, 'home'),
    GOFER_CACHE_DIR: join(folder, 'cache'),
    NO_COLOR: '1',
    // A server that this must neither use nor change.
    ...{ GOFER_API_BASE_URL: 'http://127.0.0.1:1', GOFER_WEB_DATABASE__URL: 'postgresql://127.0.0.1:1/none' },
  };
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'cache'));
  const cache = process.env['GOFER_CACHE_DIR'] ?? join(homedir(), '.cache', 'gofer');
  await symlink(join(cache, 'temporal'), join(folder, 'cache', 'temporal'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** What is left of local runs: the template that they are copied from, and nothing else. */
async function expectNothingLeft(pipeline: string): Promise<void> {
  expect(await containersOf(pipeline)).toEqual([]);
  const cached = await readdir(join(folder, 'cache', 'local'));
  expect(cached.filter((name) => !name.startsWith('template-'))).toEqual([]);
  // No command line is told of a stack that is gone.
  expect(await readdir(join(folder, 'home'))).not.toContain('.config');
}

test('a pipeline runs with secrets, variables and objects, and leaves nothing but objects', PATIENCE, async () => {
  const id = uniqueId('local');
  const script = [
    'echo "$GREETING, $WHO, with a secret of ${#HIDDEN} letters"',
    OBJECTS_WITH_WGET,
    'put "$RUN/objects/made" /etc/hostname',
  ].join('\n');
  const variables = { HIDDEN: 'pipeline_secret{{my-secret}}', GREETING: 'pipeline_object{{greeting}}' };
  const document = pipelineOf(id, shellTask('main', script, { variables, inject_api_token: true }));
  const path = await write('pipeline.json', JSON.stringify(document));
  const secrets = await write('secrets.env', 'MY_SECRET="twelve chars"\nOTHER=1\n');
  await write('objects/greeting', 'Good day');
  const objects = join(folder, 'objects');
  const args = ['run', 'local', path, '-e', secrets, '--objects', objects, '--variable', 'WHO=you'];
  const { code, stdout, stderr } = await runProgram(args, env);
  expect(stderr).toBe('preparing what later runs begin with ...\n');
  expect(stdout).toContain('main | Good day, you, with a secret of 12 letters\n');
  expect(stdout).toContain('successful after');
  expect(code).toBe(0);
  expect(await readFile(join(objects, 'greeting'), 'utf8')).toBe('Good day');
  expect((await readFile(join(objects, 'run', 'made'), 'utf8')).trim()).toMatch(/^[0-9a-f]{12}$/);
  await expectNothingLeft(id);
});

test('Ctrl-C cancels it, and what a killed one has left is removed by the next', PATIENCE, async () => {
  const id = uniqueId('local');
  const endless = await write(
    'endless.json',
    JSON.stringify(pipelineOf(id, shellTask('main', 'echo hello; sleep 600'))),
  );
  const killed = startProgram(['run', 'local', endless], env);
  await untilPrinted(killed, 'stdout', '| hello');
  await killed.kill('SIGKILL');
  expect(await containersOf(id)).toHaveLength(1);
  const program = startOnTerminal(['run', 'local', endless], env);
  try {
    await program.shows('│ hello');
    expect(program.screen()).toContain('Ctrl-C: cancel');
    program.type(CTRL_C);
    expect(await program.exited).toBe(1);
    expect(program.screen()).toContain('cancelled after');
  } finally {
    await program.close();
  }
  await expectNothingLeft(id);
});

test('what is missing is said before anything is started', async () => {
  const variables = { A: 'pipeline_secret{{my-secret}}', B: 'global_secret{{OTHER}}' };
  const document = pipelineOf('needs', shellTask('main', 'true', { variables }));
  const path = await write('needs.json', JSON.stringify(document));
  const missing = await runProgram(['run', 'local', path], env);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(
    /secrets that are not given: my-secret, OTHER\n(.*\n)+ {4}MY_SECRET=\.\.\.\n {4}OTHER=\.\.\./,
  );
  expect((await runProgram(['run', 'local', path, '-e', '/no/such/file'], env)).code).toBe(2);
});
