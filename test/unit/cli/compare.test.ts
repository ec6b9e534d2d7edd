import { expect, test } from 'vitest';
import { compare, describeDifference, isSame } from '../../../cli/program/compare.ts';
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
    '~ name',
    '+ task three',
    '~ task two',
    '- task one',
  ]);
});
