import { expect, test } from 'vitest';
import { mergeVariables, systemVariables, type Variable, type VariableSource } from '../../../core/variables.ts';

const list = (source: VariableSource, values: Record<string, string>): Variable[] =>
  Object.entries(values).map(([key, value]) => ({ key, value, source }));

test('later lists win whatever the case, and the winner keeps its spelling', () => {
  const merged = mergeVariables(
    list('system', { A: '1', B: '1' }),
    list('pipeline_config', { b: '2', FOO: '2' }),
    list('run_options', { foo: '3' }),
  );
  expect(merged).toEqual([
    { key: 'A', value: '1', source: 'system' },
    { key: 'b', value: '2', source: 'pipeline_config' },
    { key: 'foo', value: '3', source: 'run_options' },
  ]);
});

test('of one list the later one wins as well', () => {
  expect(mergeVariables(list('run_options', { key: '1', KEY: '2' }))).toEqual([
    { key: 'KEY', value: '2', source: 'run_options' },
  ]);
});

test('variables without a name are dropped, those named like members of objects are not', () => {
  expect(mergeVariables(list('run_options', { '': 'x', constructor: 'y' }))).toEqual([
    { key: 'constructor', value: 'y', source: 'run_options' },
  ]);
});

test('a container is told its pipeline, run, task and image', () => {
  expect(systemVariables('nightly', 7, { id: 'report', image: 'alpine:3.20', inject_api_token: false })).toEqual(
    list('system', {
      GOFER_PIPELINE_ID: 'nightly',
      GOFER_RUN_ID: '7',
      GOFER_TASK_ID: 'report',
      GOFER_TASK_IMAGE: 'alpine:3.20',
    }),
  );
});

test('a task that asks for it is also given the place of its token, not the token', () => {
  const task = { id: 'report', image: 'alpine:3.20', inject_api_token: true };
  expect(systemVariables('nightly', 7, task)).toContainEqual({
    key: 'GOFER_TOKEN',
    value: 'pipeline_secret{{gofer_api_token_run_id_7}}',
    source: 'system',
  });
});
