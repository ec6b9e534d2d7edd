import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { gofer, goferAsked, goferReading, goferWith, json, plain } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { tokenWith } from '../helpers/callers.ts';

const { apiUrl, token } = inject('cluster');
let home: string;
/** A home of its own, and nothing from elsewhere. */
const alone = () => ({ HOME: home, GOFER_API_BASE_URL: '', GOFER_TOKEN: '' });
const run = (...words: string[]) => goferWith(alone(), ...words);

beforeEach(async () => {
  home = await temporaryFolder();
});

const normal = (text: string) =>
  text.replaceAll(apiUrl, 'URL').replaceAll(home, '~').replaceAll(new URL(apiUrl).host, 'HOST');

describe('login', () => {
  test('keeps a token from standard input, for nobody else to read', async () => {
    const outcome = await goferReading(
      `${token}\n`,
      ['login', apiUrl, '--name', 'work', '--namespace', 'team'],
      alone(),
    );
    expect(outcome).toMatchObject({ exit: 0, stderr: '' });
    expect(normal(outcome.stdout)).toMatchInlineSnapshot(`
      "✓ Logged in to URL as bootstrap
        roles:   bootstrap
        context: work, kept in ~/.config/gofer/contexts.json
      "
    `);
    const file = join(home, '.config', 'gofer', 'contexts.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      current: 'work',
      contexts: { work: { api_base_url: apiUrl, token, namespace: 'team' } },
    });
    expect((await run('token', 'whoami')).exit).toBe(0);
    expect((await run('pipeline', 'list')).stderr).toContain("'team'");
  });

  test('asks for the token without echo', async () => {
    const { exit, shown } = await goferAsked([['Token for', `${token}\r`]], ['login', apiUrl], alone());
    expect(exit).toBe(0);
    expect(shown).not.toContain(token);
    expect((await run('context', 'list')).stdout).toContain(new URL(apiUrl).host);
  });

  test.each([
    ['a token that is unknown', 'wrong', 4],
    ['no token', '', 2],
  ])('refuses %s', async (_what, input, exit) => {
    const outcome = await goferReading(input, ['login', apiUrl], alone());
    expect(outcome).toMatchObject({ exit, stdout: '' });
    expect((await run('context', 'list', '--json')).stdout).toContain('"contexts": []');
  });
});

describe('contexts', () => {
  beforeEach(async () => {
    await goferReading(token, ['login', apiUrl, '--name', 'one'], alone());
    await run('context', 'set', 'two', '--api-base-url', 'http://127.0.0.1:1', '--namespace', 'beta');
  });

  test('are listed, used and forgotten', async () => {
    expect(normal((await run('context', 'list')).stdout)).toMatchInlineSnapshot(`
      "| name |         server         | namespace | token | in use |
      |------|------------------------|-----------|-------|--------|
      | one  | URL |           | yes   | ✓      |
      | two  | http://127.0.0.1:1     | beta      | no    |        |
      "
    `);
    expect((await run('context', 'use', 'two')).stdout).toMatchInlineSnapshot(`
      "✓ Commands go to http://127.0.0.1:1 from now on
      "
    `);
    expect((await run('token', 'whoami')).exit).toBe(5);
    expect((await run('token', 'whoami', '--context', 'one')).exit).toBe(0);
    expect((await goferWith({ ...alone(), GOFER_CONTEXT: 'one' }, 'token', 'whoami')).exit).toBe(0);
    expect((await run('context', 'use', '--none')).stdout).toMatchInlineSnapshot(`
      "✓ No context is in use
      "
    `);
    expect((await run('context', 'delete', 'two')).stdout).toMatchInlineSnapshot(`
      "✓ Forgot context 'two'
      "
    `);
    expect(await run('context', 'use', 'tow')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('context list'),
    });
    expect(JSON.parse((await run('context', 'list', '--json')).stdout)).toEqual({
      contexts: [{ name: 'one', api_base_url: apiUrl, namespace: null, has_token: true, current: false }],
    });
  });

  test('give their token to their server only', async () => {
    const elsewhere = await run(
      'token',
      'whoami',
      '--context',
      'one',
      '--api-base-url',
      apiUrl.replace('127.0.0.1', 'localhost'),
    );
    expect(elsewhere).toMatchObject({ exit: 4, stderr: expect.stringContaining('gofer login') });
    expect((await run('context', 'set', 'one', '--namespace', 'alpha')).exit).toBe(0);
    expect((await run('token', 'whoami')).exit).toBe(0);
    await run('context', 'set', 'one', '--api-base-url', 'http://127.0.0.1:1');
    expect((await run('context', 'list')).stdout).toMatch(/\| one +\| http:\/\/127.0.0.1:1 +\| alpha +\| no /);
  });

  test('count for more than files, for less than variables', async () => {
    await mkdir(join(home, '.config'), { recursive: true });
    await writeFile(join(home, '.config', 'gofer.toml'), 'api_base_url = "http://127.0.0.1:1"\ntoken = "other"\n');
    expect((await run('token', 'whoami')).exit).toBe(0);
    expect((await goferWith({ ...alone(), GOFER_TOKEN: 'wrong' }, 'token', 'whoami')).exit).toBe(4);
    const file = join(home, 'own.toml');
    await writeFile(file, `api_base_url = "${apiUrl}"\n`);
    expect((await run('token', 'whoami', '--config', file)).exit).toBe(4);
    expect(await run('token', 'whoami', '--config', join(home, 'none.toml'))).toMatchObject({ exit: 2 });
  });
});

describe('the context', () => {
  const uuid = /[0-9a-f-]{36}/;

  test('shows who and where one is, without the token', async () => {
    const text = normal(await plain('context'));
    expect(
      text
        .replace(/semver: .*\n/, 'semver: 1\n')
        .replace(/commit: .*\n/, 'commit: 0\n')
        .replace(uuid, 'ID'),
    ).toMatchInlineSnapshot(`
      "Token
        id:     ID
        user:   bootstrap
        roles:  bootstrap

      Configuration
        context:                   None
        api_base_url:              URL
        token:                     [Redacted]
        namespace:                 default
        detail:                    true
        output_format:             plain
        debug:                     false
        insecure_skip_tls_verify:  false

      Server
        commit: 0
        semver: 1
        bootstrap_token_created:     true
        ignore_pipeline_run_events:  false

      "
    `);
    const { stdout } = await gofer('context', '--json');
    expect(stdout).not.toContain(token);
    expect(JSON.parse(stdout)).toMatchObject({
      token: { user: 'bootstrap' },
      configuration: { api_base_url: apiUrl, token: '[Redacted]', output_format: 'json' },
      server: { metadata: { semver: expect.any(String) }, preferences: { bootstrap_token_created: true } },
    });
  });

  test('is there for those who may do little, and without a server', async () => {
    const little = await goferWith({ GOFER_TOKEN: await tokenWith([]) }, 'context');
    expect(little).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringContaining('tester') });
    expect(little.stdout).not.toContain('ignore_pipeline_run_events');
    const nowhere = await goferWith({ GOFER_API_BASE_URL: 'http://127.0.0.1:1' }, 'context');
    expect(nowhere).toMatchObject({ exit: 5, stdout: expect.stringContaining('http://127.0.0.1:1') });
  });
});

test('a configuration file is written once', async () => {
  const file = join(home, '.config', 'gofer.toml');
  expect(normal((await run('config', 'init')).stdout)).toMatchInlineSnapshot(`
    "✓ Wrote ~/.config/gofer.toml
    "
  `);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  // Every line that is commented out is one that would do.
  const lines = (await readFile(file, 'utf8'))
    .replaceAll(/^# (\w+ = )/gm, '$1')
    .replace('127.0.0.1:8080', '127.0.0.1:1');
  await writeFile(file, lines);
  expect((await run('namespace', 'list')).exit).toBe(5);
  expect(await run('config', 'init')).toMatchObject({ exit: 1, stderr: expect.stringContaining('--force') });
  expect((await run('config', 'init', '--force')).exit).toBe(0);
  expect((await run('config', 'init', join(home, 'folder', 'own.toml'))).exit).toBe(0);
});

test('an answer may be silent', async () => {
  expect(await gofer('namespace', 'list', '--output-format', 'silent')).toEqual({ stdout: '', stderr: '', exit: 0 });
  await json('ListNamespacesResponse', 'namespace', 'list', '--output-format', 'json');
});
