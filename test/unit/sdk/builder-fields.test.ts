import { describe, expect, test } from 'vitest';
import { type PipelineBuilder, pipeline, type RetryOptions, task, type TaskBuilder } from '../../../sdk/index.ts';
import type { Wire } from '../../../sdk/wire.ts';

/**
 * How the builder says each field of the OpenAPI document. The types leave no field out: one that is added there is missing
 * here, and one that is taken away there is too many.
 */
const PIPELINE: Readonly<Record<keyof Wire<'ConfigDocument'>, (it: PipelineBuilder) => PipelineBuilder>> = {
  id: (it) => it,
  name: (it) => it,
  description: (it) => it.description('for people'),
  parallelism: (it) => it.parallelism(2),
  timeout: (it) => it.timeout(60),
  on_limit: (it) => it.onLimit('cancel_newest'),
  tasks: (it) => it.tasks(task('one', 'i')),
};

const TASK: Readonly<Record<keyof Wire<'TaskDocument'>, (it: TaskBuilder) => TaskBuilder>> = {
  id: (it) => it,
  image: (it) => it,
  description: (it) => it.description('for people'),
  registry_auth: (it) => it.registryAuth('robot', 'pass'),
  depends_on: (it) => it.dependsOn('one', 'Any'),
  variables: (it) => it.variable('KEY', 'value'),
  entrypoint: (it) => it.entrypoint('/bin/tool'),
  command: (it) => it.command('run'),
  inject_api_token: (it) => it.injectApiToken(),
  always_pull_newest_image: (it) => it.alwaysPullNewestImage(),
  retries: (it) => it.retries(1),
  timeout: (it) => it.timeout(60),
  stop_grace: (it) => it.stopGrace(1),
  cpu: (it) => it.cpu(1),
  memory: (it) => it.memory('64MiB'),
  pids: (it) => it.pids(10),
  allow_failure: (it) => it.allowFailure(),
};

const RETRIES: Readonly<Record<keyof Wire<'RetryPolicy'>, RetryOptions>> = {
  attempts: {},
  delay: { delay: 5 },
  backoff: { backoff: 3 },
  max_delay: { maxDelay: 60 },
  exit_codes: { exitCodes: [75] },
};

/** What the one with the field says and the other one does not. */
function changed(before: object, after: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after).flatMap(([name, value]) =>
    JSON.stringify(value) === JSON.stringify(old.get(name)) ? [] : [name],
  );
}

/** These are arguments of what starts a builder. */
const GIVEN = ['id', 'name', 'image'];

describe('every field can be said, one at a time', () => {
  test.each(Object.entries(PIPELINE))('of a pipeline: %s', (field, say) => {
    const plain = pipeline('demo', 'Demo').toDocument();
    expect(plain).toMatchObject({ id: 'demo', name: 'Demo' });
    expect(changed(plain, say(pipeline('demo', 'Demo')).toDocument())).toEqual(GIVEN.includes(field) ? [] : [field]);
  });

  test.each(Object.entries(TASK))('of a task: %s', (field, say) => {
    const plain = task('two', 'i').toDocument();
    expect(plain).toMatchObject({ id: 'two', image: 'i' });
    expect(changed(plain, say(task('two', 'i')).toDocument())).toEqual(GIVEN.includes(field) ? [] : [field]);
  });

  test.each(Object.entries(RETRIES))('of retries: %s', (field, options) => {
    expect(changed({}, task('two', 'i').retries(1, options).toDocument().retries ?? {})).toEqual(
      field === 'attempts' ? [field] : ['attempts', field],
    );
  });
});
