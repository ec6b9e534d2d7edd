import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { gofer } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, startRunOf } from '../helpers/gofer.ts';

const { apiUrl, token } = inject('cluster');
const client = clientFor();
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const program = join(folder, 'bin', 'gofer');
  await mkdir(join(folder, 'bin'));
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${packageRoot}/dist/cli/bin/gofer.js' "$@"\n`);
  await chmod(program, 0o755);
  await writeFile(join(folder, 'completion.bash'), (await gofer('completion', 'bash')).stdout);
  await client.namespaces.create({ id: 'cli-complete', name: 'Completion', description: 'for tests' });
  await client.configs.register('cli-complete', pipelineOf('nightly', shellTask('build', 'true')));
  await client.secrets.put(
    { namespace: 'cli-complete', pipeline: 'nightly' },
    { key: 'a key', content: 'x', force: false },
  );
  await client.subscriptions.create(
    { namespace: 'cli-complete', pipeline: 'nightly' },
    { extension_id: 'interval', subscription_id: 'often', settings: { every: '5h' } },
  );
});

/** What bash would insert for the last of these words. */
async function completed(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const script = [
    'source completion.bash',
    'COMP_WORDS=(gofer "$@"); COMP_CWORD=$#',
    'compopt() { COMPREPLY=("compopt $*"); }',
    '_gofer',
    'for value in "${COMPREPLY[@]}"; do echo "$value"; done',
  ];
  const { stdout } = await run('bash', ['--norc', '-c', script.join('\n'), 'bash', ...words], {
    cwd: folder,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      HOME: folder,
      GOFER_API_BASE_URL: apiUrl,
      GOFER_TOKEN: token,
      GOFER_NAMESPACE: 'cli-complete',
      ...env,
    },
  });
  return stdout.split('\n').filter(Boolean);
}

describe('bash completes', () => {
  test.each([
    [['pipe'], ['pipeline']],
    [['pipeline', 'e'], ['enable']],
    [['pipeline', 'get', ''], ['nightly']],
    [['pipeline', 'get', 'x'], []],
    [['run', 'list', 'nightly', '--lim'], ['--limit']],
    [['run', 'list', '--output-format', '=', 's'], ['silent']],
    [['run', 'list', '--namespace', 'cli-comp'], ['cli-complete']],
    [['run', 'list', '--namespace', '=', 'cli-comp'], ['cli-complete']],
    [['run', 'list', '--namespace', 'default', 'night'], []],
    [['pipeline', 'config', 'get', 'nightly', ''], ['1']],
    [['pipeline', 'unsubscribe', 'nightly', 'interval', ''], ['often']],
    [['pipeline', 'unsubscribe', 'nightly', 'cron', ''], []],
    [['extension', 'get', 'inter'], ['interval']],
    [['extension', 'install', 'x', 'builtin/web'], ['builtin/webhook']],
    [['secret', 'pipeline', 'get', 'nightly', 'a'], ['a\\ key']],
    [['token', 'create', 'ann', '--roles', 'adm'], ['admin']],
    [['role', 'get', 'adm'], ['admin']],
    [['run', 'list', '--token', ''], []],
    [['up', ''], ['compopt -o default']],
    [['completion', ''], []],
  ])('%j with %j', async (words, expected) => {
    expect(await completed(words)).toEqual(expected);
  });

  test('runs, tasks and tokens by their ids', async () => {
    const ref = await startRunOf(client, pipelineOf('cli-completed', shellTask('main', 'true')));
    const env = { GOFER_NAMESPACE: 'default' };
    expect(await completed(['run', 'get', ref.pipeline, ''], env)).toEqual(['1']);
    expect(await completed(['task', 'get', ref.pipeline, '1', ''], env)).toEqual(['main']);
    const { token: me } = await client.tokens.whoami();
    expect(await completed(['token', 'get', me.id.slice(0, 20)])).toContain(me.id);
  });

  test.each([
    ['a server that is not there', { GOFER_API_BASE_URL: 'http://127.0.0.1:1' }],
    ['a token that is unknown', { GOFER_TOKEN: 'wrong' }],
    ['a configuration that is wrong', { GOFER_DETAIL: 'perhaps' }],
  ])('nothing with %s', async (_what, env) => {
    expect(await completed(['role', 'get', ''], env)).toEqual([]);
  });
});

test('there is a script for each shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    expect((await gofer('completion', shell)).stdout).toContain(`__complete ${shell} `);
  }
  expect(await gofer('completion', 'tcsh')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('bash, zsh, fish'),
  });
});
