import { expect, test } from 'vitest';
import { createPaint } from '../../../cli/output/paint.ts';
import { compare, isSame } from '../../../cli/program/compare.ts';
import { describeDifference, paintDifference } from '../../../cli/program/difference-lines.ts';
import { pipeline, task } from '../../../sdk/index.ts';
import type { Config, Task } from '../../../sdk/wire.ts';

const wireTask = (id: string, more: Partial<Task> = {}): Task => ({
  id,
  description: '',
  image: 'alpine:3.20',
  registry_auth: null,
  depends_on: {},
  variables: [],
  entrypoint: null,
  command: null,
  inject_api_token: false,
  always_pull_newest_image: false,
  ...more,
});
const variable = (key: string, value: string) => ({ key, value, source: 'pipeline_config' as const });
const registered: Config = {
  namespace_id: 'default',
  pipeline_id: 'demo',
  version: 3,
  parallelism: 0,
  name: 'demo',
  description: '',
  tasks: {
    one: wireTask('one', { variables: [variable('B', '2'), variable('A', '1')] }),
    two: wireTask('two', { depends_on: { one: 'any' } }),
  },
  state: 'live',
  registered: 1,
  deprecated: 0,
};

test('order and left-out defaults make no difference', () => {
  const two = { ...task('two', 'alpine:3.20').dependsOn('one', 'Any').toDocument(), description: null };
  const one = task('one', 'alpine:3.20').variables({ A: '1', B: '2' }).toDocument();
  const same = { ...pipeline('demo').toDocument(), tasks: [two, one] };
  expect(isSame(compare(registered, same))).toBe(true);
});

test('every change is named', () => {
  const changed = pipeline('demo', 'New name')
    .tasks(task('two', 'alpine:3.20').dependsOn('three', 'Any'), task('three', 'alpine:3.20'))
    .toDocument();
  expect(describeDifference(compare(registered, changed))).toEqual([
    '- name: demo',
    '+ name: New name',
    '~ task two',
    '      depends_on:',
    '    -   one: Any',
    '    +   three: Any',
    '+ task three',
    '    + image: alpine:3.20',
    '- task one',
  ]);
});

test('options are compared too, whatever the order of their members', () => {
  const retries = { attempts: 2, exit_codes: [75], delay: 5 };
  const before = {
    ...registered,
    timeout: 60,
    on_limit: 'cancel_oldest' as const,
    tasks: { one: wireTask('one', { retries, cpu: 0.5 }) },
  };
  const one = task('one', 'alpine:3.20').retries(2, { delay: 5, exitCodes: [75] });
  const same = () => pipeline('demo').timeout(60).onLimit('cancel_oldest').tasks(one.cpu(0.5));
  expect(isSame(compare(before, same().toDocument()))).toBe(true);
  const changed = same().timeout(61).onLimit('queue').tasks(one.retries(3).memory('1GiB')).toDocument();
  expect(describeDifference(compare(before, changed))).toEqual([
    '- timeout: 60',
    '+ timeout: 61',
    '- on_limit: cancel_oldest',
    '+ on_limit: queue',
    '~ task one',
    '      retries:',
    '    -   attempts: 2',
    '    -   delay: 5',
    '    -   exit_codes:',
    '    -     • 75',
    '    +   attempts: 3',
    '    + memory: 1073741824',
  ]);
});

test('of a long script only what is near a change is shown, and of a password nothing', () => {
  const script = (middle: string) => ['a', 'b', 'c', 'd', middle, 'e', 'f', 'g'].join('\n');
  const before = {
    ...registered,
    tasks: {
      one: wireTask('one', { command: ['sh', '-c', script('x')], registry_auth: { user: 'ann', pass: '***' } }),
    },
  };
  const one = { ...task('one', 'alpine:3.20').toDocument(), command: ['sh', '-c', script('y')] };
  const after = { ...pipeline('demo').toDocument(), tasks: [{ ...one, registry_auth: { user: 'ann', pass: 'hush' } }] };
  const lines = describeDifference(compare(before, after));
  expect(lines).toEqual([
    '~ task one',
    '    ~ registry_auth',
    '      command:',
    '      …',
    '          c',
    '          d',
    '    -     x',
    '    +     y',
    '          e',
    '          f',
    '      …',
  ]);
  const painted = paintDifference(lines, createPaint(true));
  expect(painted[6]).toBe('\x1b[31m    -     x\x1b[39m');
  expect(painted[7]).toBe('\x1b[32m    +     y\x1b[39m');
});
