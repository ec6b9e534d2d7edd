import { expect, test } from 'vitest';
import { goferAsked, goferReading } from '../helpers/cli.ts';
import { clientFor, uniqueId } from '../helpers/gofer.ts';

const run = (line: string, env: NodeJS.ProcessEnv = {}) => goferReading('', line.split(' ').filter(Boolean), env);

test.each([
  ['--help', ['USAGE', 'TOPICS', 'EXIT CODES', 'ENVIRONMENT', 'GOFER_TOKEN', 'FILES']],
  ['-h', ['EXIT CODES']],
  ['help', ['EXIT CODES']],
  ['-V', ['gofer/']],
  ['--version', ['gofer/']],
  ['help run list', ['gofer run list PIPELINE [FLAGS]', '--limit', 'GLOBAL FLAGS', 'EXAMPLES']],
  ['run list -h', ['gofer run list PIPELINE [FLAGS]']],
  ['run list nightly --help', ['gofer run list PIPELINE [FLAGS]']],
  ['pipeline config --help', ['pipeline config diff']],
  ['context --help', ['who you are', 'context use']],
])('gofer %s explains', async (line, texts) => {
  const { exit, stdout, stderr } = await run(line);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  for (const text of texts) expect(stdout).toContain(text);
});

test.each([
  ['', 'see what happens'],
  ['pipline --help', 'did you mean: gofer pipeline'],
  ['pipelin config lst nightly', 'did you mean: gofer pipeline config list'],
  ['token whomai', 'did you mean: gofer token whoami'],
  ['run list nightly --limt 3', 'did you mean: --limit'],
  ['run list', 'pipeline'],
])('gofer %s is wrong usage', async (line, message) => {
  const { exit, stdout, stderr } = await run(line);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('help is as wide as somebody wants it', async () => {
  const longest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
  const narrow = await run('namespace update --help', { COLUMNS: '60' });
  const wide = await run('namespace update --help', { COLUMNS: '160' });
  expect(longest(narrow.stdout)).toBeLessThanOrEqual(70);
  expect(longest(wide.stdout)).toBeGreaterThan(longest(narrow.stdout));
});

test('the permissions of a role are asked for on a terminal', async () => {
  const role = uniqueId('role');
  const answers = [
    ['commas: ', 'runs, rnus\r'],
    ['commas: ', 'namespaces:^a$, runs\r'],
    ['delete): ', 'read,write\r'],
    ['[y/N] ', 'y\r'],
    ['commas: ', 'events\r'],
    ['delete): ', 'read\r'],
    ['[y/N] ', '\r'],
  ] as const;
  const { exit, shown } = await goferAsked(answers, ['role', 'create', role, 'for tests']);
  expect({ exit, shown }).toEqual({ exit: 0, shown: expect.stringContaining("'rnus' is not a resource") });
  expect((await clientFor().roles.get(role)).role.permissions).toEqual([
    { resources: ['namespaces:^a$', 'runs'], actions: ['read', 'write'] },
    { resources: ['events'], actions: ['read'] },
  ]);
});
