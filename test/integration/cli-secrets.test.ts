import { beforeAll, describe, expect, test } from 'vitest';
import { goferAsked, goferReading } from '../helpers/cli.ts';
import { clientFor, pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';

const gofer = clientFor();
const PIPELINE = { namespace: 'default', pipeline: uniqueId('cli-secret') };
const run = (args: readonly string[], input: string | Buffer = '') => goferReading(input, args);
const type = (args: readonly string[], keys: string) => goferAsked([['Value: ', keys]], args);

const valueOf = async (key: string) => (await gofer.secrets.get(PIPELINE, key, true)).secret;

beforeAll(async () => {
  await gofer.configs.register('default', pipelineOf(PIPELINE.pipeline, shellTask('main', 'true')));
});

describe('the value of a secret', () => {
  const put = ['secret', 'pipeline', 'put', PIPELINE.pipeline];

  test.each(['-', '@'])('comes from standard input with %s, without its last line break', async (source) => {
    const key = uniqueId('key');
    const { exit, stdout, stderr } = await run([...put, key, source], 'hunter2\nsecond "line"\n\n');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toContain(`pipeline_secret{{${key}}}`);
    expect(stdout).not.toContain('hunter2');
    expect(await valueOf(key)).toBe('hunter2\nsecond "line"\n');
  });

  test('keeps its last line break with --raw', async () => {
    expect((await run([...put, 'raw', '-', '--raw'], 'hunter2\n')).exit).toBe(0);
    expect(await valueOf('raw')).toBe('hunter2\n');
  });

  test('is asked for on a terminal, which does not show it', async () => {
    const { exit, shown } = await type([...put, 'typed'], 'hunterX\x7f2 ünï\r');
    expect(exit).toBe(0);
    expect(shown).toContain('Value: ');
    expect(shown).not.toContain('hunter');
    expect(await valueOf('typed')).toBe('hunter2 ünï');
  });

  test('is not stored if Ctrl-C is the answer', async () => {
    const { exit, shown } = await type([...put, 'given-up'], 'hunter2\x03');
    expect(exit).toBe(130);
    expect(shown).not.toContain('hunter2');
    await expect(valueOf('given-up')).rejects.toMatchObject({ status: 404 });
  });

  test.each([
    ['on the command line', ['hunter2'], /can be read by others/],
    ['nowhere, without a terminal', [], /no terminal/],
    ['from two places', ['-', '--value', 'hunter2'], /not from both/],
  ])('is refused %s', async (_where, more, message) => {
    const { exit, stdout, stderr } = await run([...put, 'refused', ...more], 'x');
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('hunter2');
  });

  test('may be on the command line if somebody insists', async () => {
    expect((await run([...put, 'insisted', '--value', 'hunter2'])).exit).toBe(0);
    expect(await valueOf('insisted')).toBe('hunter2');
  });

  test('is replaced only by force', async () => {
    await run([...put, 'forced', '-'], 'one');
    const refused = await run([...put, 'forced', '-'], 'two');
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('exists already') });
    expect((await run([...put, 'forced', '-', '--force'], 'two')).exit).toBe(0);
    expect(await valueOf('forced')).toBe('two');
  });

  test('that is no UTF-8 is refused', async () => {
    const { exit, stderr } = await run([...put, 'binary', '-'], Buffer.from([0xff, 0xfe, 0x41]));
    expect(exit).toBe(2);
    expect(stderr).toContain('UTF-8');
  });
});

test('secrets of a pipeline are listed, shown and deleted', async () => {
  const key = uniqueId('key');
  const at = [PIPELINE.pipeline, key];
  await run(['secret', 'pipeline', 'put', ...at, '-'], 'hunter2');
  expect((await run(['secret', 'pipeline', 'list', PIPELINE.pipeline])).stdout).toMatch(`| ${key} `);
  const hidden = await run(['secret', 'pipeline', 'get', ...at]);
  expect(hidden.stdout).toContain('Secret: [Redacted]');
  expect(hidden.stdout).not.toContain('hunter2');
  expect((await run(['secret', 'pipeline', 'get', ...at, '-i'])).stdout).toContain('Secret: hunter2');
  const json = await run(['secret', 'pipeline', 'get', ...at, '--include-secret', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ metadata: { key }, secret: 'hunter2' });
  expect((await run(['secret', 'pipeline', 'delete', ...at])).exit).toBe(0);
  expect((await run(['secret', 'pipeline', 'get', ...at])).exit).toBe(3);
  expect((await run(['secret', 'pipeline', 'list', 'ghost'])).exit).toBe(3);
});

test('global secrets are for all namespaces, or for those that are named', async () => {
  const key = uniqueId('all');
  const put = ['secret', 'global', 'put', key, '-'];
  expect((await run(put, 'hunter2')).exit).toBe(0);
  const get = async () => JSON.parse((await run(['secret', 'global', 'get', key, '--json'])).stdout) as object;
  expect(await get()).toMatchObject({ metadata: { key, namespaces: ['.*'] }, secret: null });
  expect((await run([...put, '--force', '-n', '^team-a$', '--namespaces', '^team-b$'], 'hunter2')).exit).toBe(0);
  expect(await get()).toMatchObject({ metadata: { namespaces: ['^team-a$', '^team-b$'] } });
  expect((await run(['secret', 'global', 'list'])).stdout).toMatch(`| ${key}`);
  expect((await run(['secret', 'global', 'get', key, '-i'])).stdout).toContain('hunter2');
  expect((await run(['secret', 'global', 'delete', key])).exit).toBe(0);
  expect((await run(['secret', 'global', 'get', key])).exit).toBe(3);
});

test('a key that other clients would refuse is stored, with a word about it', async () => {
  const { exit, stdout } = await run(['secret', 'pipeline', 'put', PIPELINE.pipeline, 'logs_header', '-'], 'x');
  expect(exit).toBe(0);
  expect(stdout).toContain("original's command line refuses such keys");
});
