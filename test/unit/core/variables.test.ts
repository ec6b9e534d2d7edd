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

const RUN = { namespace: 'ops', pipeline: 'nightly', run: 7 };
const API = 'http://172.17.0.1:8080';

test('a container is told its pipeline, run, task and image', () => {
  const task = { id: 'report', image: 'alpine:3.20', inject_api_token: false };
  expect(systemVariables(RUN, task, API)).toEqual(
    list('system', {
      GOFER_PIPELINE_ID: 'nightly',
      GOFER_RUN_ID: '7',
      GOFER_TASK_ID: 'report',
      GOFER_TASK_IMAGE: 'alpine:3.20',
    }),
  );
});

test('one that asks for it is also told where the API is, and the place of its token, not the token', () => {
  const task = { id: 'report', image: 'alpine:3.20', inject_api_token: true };
  expect(systemVariables(RUN, task, API)).toEqual(
    expect.arrayContaining(
      list('system', {
        GOFER_TOKEN: 'pipeline_secret{{gofer_api_token_run_id_7}}',
        GOFER_API_BASE_URL: API,
        GOFER_NAMESPACE: 'ops',
      }),
    ),
  );
});
