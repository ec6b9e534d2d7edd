import { describe, expect, test } from 'vitest';
import { joinAssignments } from '../../../cli/complete/main.ts';
import type { CommandInfo, FlagInfo, Manifest } from '../../../cli/complete/manifest.ts';
import { findWanted } from '../../../cli/complete/wanted.ts';

const flag = (name: string, more: Partial<FlagInfo> = {}): FlagInfo => ({ name, type: 'option', ...more });
function command(id: string, args: readonly string[], ...flags: readonly FlagInfo[]): [string, CommandInfo] {
  const named = <T extends { name: string }>(list: readonly T[]) =>
    Object.fromEntries(list.map((one) => [one.name, one]));
  return [id, { id, summary: `${id}!`, args: named(args.map((name) => ({ name }))), flags: named(flags) }];
}
const NAMESPACE = flag('namespace');
const manifest: Manifest = Object.fromEntries([
  command('up', ['path'], NAMESPACE, flag('config')),
  command('context', [], NAMESPACE),
  command('context:use', ['context']),
  command('run:list', ['pipeline'], NAMESPACE, flag('limit', { char: 'l' }), flag('format', { options: ['a', 'b'] })),
  command('run:object:get', ['pipeline', 'run', 'key'], NAMESPACE, flag('yes', { type: 'boolean', allowNo: true })),
  command('task:logs', ['pipeline', 'run', 'task'], flag('variable', { char: 'v', multiple: true })),
]);
const wanted = (line: string) => findWanted(line.split(' ').slice(1), manifest);
const words = (line: string) => {
  const found = wanted(line);
  return found.kind === 'words' ? found.candidates.map(({ value }) => value) : found;
};

test.each([
  ['gofer ', ['up', 'context', 'run', 'task']],
  ['gofer ru', ['up', 'context', 'run', 'task']],
  ['gofer run ', ['list', 'object']],
  ['gofer run object ', ['get']],
  ['gofer nonsense ', []],
  ['gofer context ', ['use']],
  ['gofer context --', ['--namespace']],
  ['gofer run list nightly ', []],
  ['gofer run list -', ['--format', '--limit', '--namespace']],
  ['gofer run list --limit=3 nightly --', ['--format', '--namespace']],
  ['gofer run list -l3 -', ['--format', '--namespace']],
  ['gofer run list --format ', ['a', 'b']],
  ['gofer run list --format=', ['a', 'b']],
  ['gofer run list --nonsense=', []],
  ['gofer run object get -', ['--namespace', '--no-yes', '--yes']],
  ['gofer task logs -v A=1 -', ['--variable']],
  ['gofer run list -- -', { kind: 'value', name: 'pipeline', command: 'run list', args: {}, flags: {} }],
])('behind "%s" come %j', (line, expected) => {
  expect(words(line)).toEqual(expected);
});

describe('values', () => {
  test.each([
    ['gofer run list ', 'pipeline', {}, {}],
    ['gofer run list --namespace ', 'namespace', {}, {}],
    ['gofer run list nightly --namespace=', 'namespace', { pipeline: 'nightly' }, {}],
    ['gofer run list -l 3 --namespace team ni', 'pipeline', {}, { limit: '3', namespace: 'team' }],
    ['gofer run object get --yes nightly 7 ', 'key', { pipeline: 'nightly', run: '7' }, { yes: '' }],
    ['gofer task logs nightly -v A=1 7 re', 'task', { pipeline: 'nightly', run: '7' }, { variable: 'A=1' }],
  ])('"%s" wants a %s', (line, name, args, flags) => {
    expect(wanted(line)).toMatchObject({ kind: 'value', name, args, flags });
  });

  test.each(['gofer up ', 'gofer up --config ', 'gofer up --config=x'])('"%s" wants a file', (line) => {
    expect(wanted(line)).toEqual({ kind: 'files' });
  });
});

test.each([
  [
    ['run', '--limit', '=', '3', ''],
    ['run', '--limit=3', ''],
  ],
  [
    ['run', '--limit', '='],
    ['run', '--limit='],
  ],
  [
    ['x', '=', 'y'],
    ['x', '=', 'y'],
  ],
])('bash makes %j of %j', (split, joined) => {
  expect(joinAssignments(split)).toEqual(joined);
});
