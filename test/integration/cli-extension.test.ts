import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { done, gofer, goferAsked, goferReading, json, plain } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { containersOfExtension, poll } from '../helpers/extensions.ts';
import { clientFor } from '../helpers/gofer.ts';
import { buildNodeImage } from '../helpers/images.ts';
import { startProgram, untilPrinted } from '../helpers/programs.ts';

const client = clientFor();
const NAMES = ['cli-hooks', 'cli-typed', 'cli-words'];

afterAll(async () => {
  await Promise.all(NAMES.map((name) => client.extensions.uninstall(name).catch(() => undefined)));
  await poll(
    () => containersOfExtension('cli-words'),
    (containers) => containers.length === 0,
  );
});

const settingsOf = async (id: string) => {
  const { registration } = (await client.extensions.get(id)).extension;
  return Object.fromEntries(registration.settings.map(({ key, value }) => [key, value]));
};

test('extensions are listed and shown', async () => {
  expect(await plain('extension', 'list')).toMatch(
    /^\| interval +\| builtin\/interval +\| +\| enabled +\| running +\|$/m,
  );
  await json('ListExtensionsResponse', 'extension', 'list');
  expect(await plain('extension', 'get', 'interval')).toMatchInlineSnapshot(`
    "[interval] builtin/interval :: enabled :: running

      Started:           Thu, 01 Jan 2026 00:00:00 +0000
      Installed:         Thu, 01 Jan 2026 00:00:00 +0000
      Endpoint:          None
      Additional Roles:  None

      Config Params
        min_interval :: Optional :: The shortest pause that subscriptions may ask for, as a duration of at least 1s. Default: 1m

      Pipeline Subscription Params
        every           :: Required :: The pause, as a duration such as 90s, 5m or 1h30m; at least the minimum of the settings
        jitter          :: Optional :: Up to how long after its time a run starts, as a duration of at most 1h. How long exactly is always the same for the same time of the same subscription, and spread evenly between subscriptions. Default: 0
        catch_up        :: Optional :: What becomes of times that were missed by more than a minute because nothing was running: skip (none of them runs), latest (the last one of them runs), all (all of them run, the oldest first). Default: skip
        catch_up_window :: Optional :: How far back missed times are made up for, as a duration of at most 168h. Default: 24h

    Runs a pipeline again and again with a fixed pause, counted from when the subscription was made, whatever is restarted meanwhile. The first run is one pause after that.
    "
  `);
  await json('GetExtensionResponse', 'extension', 'get', 'interval');
  expect(await gofer('extension', 'get', 'ghost')).toMatchObject({
    exit: 3,
    stderr: expect.stringContaining('gofer extension list'),
  });
});

test('extensions answer about their inner state', async () => {
  expect(JSON.parse(await plain('extension', 'debug', 'interval'))).toBeTypeOf('object');
  await json('GetExtensionDebugInfoResponse', 'extension', 'debug', 'interval');
  const logs = await gofer('extension', 'logs', 'interval');
  expect(logs).toMatchObject({ exit: 1, stderr: expect.stringContaining('gofer extension debug interval') });
});

test('an extension is installed, changed, disabled, enabled and removed', async () => {
  const install = ['extension', 'install', 'cli-hooks', 'builtin/webhook'];
  expect(await plain(...install)).toMatchInlineSnapshot(`
    "✓ Installed extension 'cli-hooks'
      look at it: gofer extension get cli-hooks
    "
  `);
  expect(await plain('extension', 'disable', 'cli-hooks')).toMatchInlineSnapshot(`
    "✓ Disabled extension 'cli-hooks'
    "
  `);
  expect(await plain('extension', 'update', 'cli-hooks', '-a', 'admin')).toMatchInlineSnapshot(`
    "✓ Updated extension 'cli-hooks'
      look at it: gofer extension get cli-hooks
    "
  `);
  expect(await plain('extension', 'get', 'cli-hooks')).toMatch(/:: disabled ::[^]*Additional Roles: +admin$/m);
  expect(await done('extension', 'enable', 'cli-hooks')).toEqual({ extension_id: 'cli-hooks' });
  expect(await gofer('extension', 'update', 'cli-hooks')).toMatchObject({ exit: 2 });
  expect(await plain('extension', 'uninstall', 'cli-hooks')).toMatchInlineSnapshot(`
    "✓ Removed extension 'cli-hooks'
    "
  `);
  await json('InstallExtensionResponse', ...install);
  expect(await done('extension', 'uninstall', 'cli-hooks', '--yes')).toEqual({ extension_id: 'cli-hooks' });
});

describe('a container', () => {
  const IMAGE = 'gofer/test/words:1';

  beforeAll(async () => {
    const script = join(packageRoot, 'examples', 'extension', 'build.ts');
    const words = ['--disable-warning=ExperimentalWarning', script, IMAGE, await buildNodeImage()];
    await promisify(execFile)(process.execPath, words);
    const file = join(await temporaryFolder(), 'words.env');
    await writeFile(file, '# of the extension\nMAX_LENGTH=50\nAPI_KEY="hush hush"\n');
    await json('InstallExtensionResponse', 'extension', 'install', 'cli-words', IMAGE, '--config-file', file);
  }, 180_000);

  test('has settings, of which secret ones are not shown', async () => {
    expect(await settingsOf('cli-words')).toMatchObject({ MAX_LENGTH: '50', API_KEY: '[Redacted]' });
    expect(await plain('extension', 'get', 'cli-words')).toContain('MAX_LENGTH:  50');
  });

  test('has a log, which is followed until it ends', async () => {
    const { apiUrl, token } = inject('cluster');
    const env = { GOFER_API_BASE_URL: apiUrl, GOFER_TOKEN: token };
    const program = startProgram(['extension', 'logs', 'cli-words', '--json'], env);
    const line = await untilPrinted(program, 'stdout', 'extension_id');
    expect(JSON.parse(line)).toEqual({ extension_id: 'cli-words', line: expect.stringMatching(/./) });
    await client.extensions.uninstall('cli-words');
    expect(await program.exited).toBe(0);
  });
});

describe('settings and passwords', () => {
  const install = ['extension', 'install', 'cli-typed', 'builtin/webhook'];

  test('are asked for on a terminal, secret ones without echo', async () => {
    const answers = [
      ['to end): ', 'COLOUR\r'],
      ['COLOUR: ', 'blue\r'],
      ['to end): ', 'API_TOKEN\r'],
      ['API_TOKEN: ', 'hush\r'],
      ['to end): ', '\r'],
      ['Password of ann: ', 'hush\r'],
    ] as const;
    const { shown } = await goferAsked(answers, [...install, '-i', '--registry-user', 'ann']);
    // This extension has no settings, which is how one sees what has arrived.
    expect(shown).toContain('COLOUR');
    expect(shown).not.toContain('hush');
  });

  test.each([
    [['-c', 'COLOUR'], "'COLOUR' is not a setting"],
    [['--config-file', '/no/such/file'], 'cannot read /no/such/file'],
    [['--config-file', '-', '--registry-user', 'ann', '--registry-pass', '-'], 'cannot be used for two things'],
    [['--registry-user', 'ann'], 'no terminal to ask for the password'],
    [['--registry-pass', '-'], 'registry-user'],
    [['--interactive'], 'no terminal to ask for settings'],
  ])('are refused with %j', async (flags, message) => {
    const outcome = await goferReading('', [...install, ...flags]);
    expect(outcome).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(message) });
  });
});
