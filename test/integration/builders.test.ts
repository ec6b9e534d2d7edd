import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compare, isSame } from '../../cli/program/compare.ts';
import { readPipeline } from '../../cli/program/read-pipeline.ts';
import {
  globalSecret,
  pipeline,
  type PipelineBuilder,
  type PipelineDocument,
  pipelineObject,
  pipelineSecret,
  runObject,
  task as startTask,
  type TaskBuilder,
} from '../../sdk/index.ts';
import type { Config } from '../../sdk/wire.ts';
import { clientFor, uniqueId } from '../helpers/gofer.ts';

/**
 * What the Go and the Rust builders of the original print, and the same pipelines in TypeScript: Go sorts maps, escapes `<`,
 * `>` and `&` and leaves texts empty; Rust has null for those, maps in any order, no line break at the end, and pulls images
 * by default. The `script` of both runs bash.
 */
type Language = 'go' | 'rust';
type StartTask = (id: string, image: string) => TaskBuilder;

const PIPELINES: Readonly<Record<string, (task: StartTask) => PipelineBuilder>> = {
  simple: (task) =>
    pipeline('simple', 'Simple')
      .description('prints one line – “with all signs”')
      .tasks(
        task('say-hello', 'ubuntu:24.04')
          .description('one echo <&>')
          .variable('WHO', 'world')
          .command('echo', 'a < b && c > d'),
      ),
  dag: (task) => {
    const wait = task('wait', 'alpine:3.20');
    const unit = task('unit', 'alpine:3.20').dependsOn(wait, 'Success');
    const lint = task('lint', 'alpine:3.20').dependsOn(wait, 'Success');
    const alarm = task('alarm', 'alpine:3.20').dependsOn(lint, 'Failure');
    const last = task('last', 'alpine:3.20').dependsOnMany({ unit: 'Any', alarm: 'Any' });
    return pipeline('dag', 'Dag').parallelism(2).tasks(wait, unit, lint, alarm, last);
  },
  values: (task) =>
    pipeline('values', 'Values').tasks(
      task('report', 'registry.example.com/team/report:2')
        .registryAuth('robot', 'not-interpolated')
        .variables({ DB_PASSWORD: pipelineSecret('db-password'), SMTP_KEY: globalSecret('smtp-key'), MODE: 'full' })
        .variables({ CACHE: pipelineObject('cache'), ANSWER: runObject('answer') })
        .entrypoint('/bin/tool', '--all')
        .injectApiToken(),
      task('script', 'debian:12').dependsOn('report', 'Any').command('bash', '-c', 'set -e\necho "$MODE"\necho done'),
    ),
  empty: () => pipeline('empty', 'Empty'),
};

const CASES = Object.entries(PIPELINES).flatMap(([name, build]) =>
  (['go', 'rust'] as const).map((language) => ({ name, language, build })),
);

const starters: Readonly<Record<Language, StartTask>> = {
  go: startTask,
  rust: (id, image) => startTask(id, image).alwaysPullNewestImage(),
};

const gofer = clientFor();

/** Registers a document as the next version of a pipeline and gives what the server has stored of it. */
async function register(id: string, document: PipelineDocument): Promise<Config> {
  await gofer.configs.register('default', { ...document, id });
  return (await gofer.configs.get({ namespace: 'default', pipeline: id })).config;
}

describe.each(CASES)('$name in $language', ({ name, language, build }) => {
  const file = join(import.meta.dirname, '..', 'fixtures', 'builders', `${name}.${language}.json`);
  const built = build(starters[language]).validate().toDocument();

  test('is stored as the pipeline of the TypeScript builder is', async () => {
    const id = uniqueId(name);
    const foreign = await register(id, JSON.parse(readFileSync(file, 'utf8')) as PipelineDocument);
    const own = await register(id, built);
    expect([foreign.version, own.version]).toEqual([1, 2]);
    expect(content(foreign)).toEqual(content(own));
  });

  test('is what `gofer up` takes, which sees no difference', async () => {
    const document = await readPipeline(file, { timeoutMs: 1000 });
    const id = uniqueId(name);
    const difference = compare(await register(id, built), { ...document, id });
    // Passwords are not given back, so a task that has one always counts as changed.
    const changed = difference.changed.filter(({ id: task }) => task !== 'report');
    expect(isSame({ ...difference, changed })).toBe(true);
  });
});

/** What a version says, without what makes it this version. The order of variables is not specified. */
function content({ name, description, parallelism, tasks }: Config): object {
  const sorted = Object.entries(tasks).map(([id, task]) => [
    id,
    { ...task, variables: task.variables.toSorted((one, other) => (one.key < other.key ? -1 : 1)) },
  ]);
  return { name, description, parallelism, tasks: Object.fromEntries(sorted) as Config['tasks'] };
}
