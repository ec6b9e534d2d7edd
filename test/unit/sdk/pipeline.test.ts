import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  definePipeline,
  globalSecret,
  pipeline,
  PipelineError,
  pipelineObject,
  pipelineSecret,
  runObject,
  task,
} from '../../../sdk/index.ts';

describe('the builder', () => {
  test('writes every field in a fixed order', () => {
    const document = pipeline('demo', 'Demo').tasks(task('one', 'alpine:3.20')).toDocument();
    expect(JSON.stringify(document)).toBe(
      '{"id":"demo","name":"Demo","description":"","parallelism":0,"tasks":[{"id":"one","description":"","image":"alpine:3.20","registry_auth":null,"depends_on":{},"variables":{},"entrypoint":null,"command":null,"inject_api_token":false,"always_pull_newest_image":false}]}',
    );
  });

  test('sets every field', () => {
    const parent = task('one', 'alpine:3.20');
    const child = task('two', 'private/app:2')
      .description('all of it')
      .registryAuth('robot', 'pass')
      .dependsOn(parent, 'Success')
      .dependsOnMany({ zero: 'Any', three: 'Failure' })
      .variable('lower', 'kept')
      .variables({ KEY: pipelineSecret('key'), lower: 'newer' })
      .entrypoint('/bin/tool', '--all')
      .command('replaced')
      .script('\n  set -e\n  echo hi\n')
      .injectApiToken()
      .alwaysPullNewestImage()
      .retries(3, { delay: 0.5, backoff: 1, maxDelay: 60, exitCodes: [1, 75] })
      .timeout(600)
      .stopGrace(0)
      .cpu(0.5)
      .memory('1.5GiB')
      .pids(100)
      .allowFailure();
    const document = pipeline('demo')
      .description('text')
      .parallelism(3)
      .onLimit('cancel_newest')
      .timeout(3600)
      .tasks(parent)
      .task(child)
      .toDocument();
    expect(document).toMatchObject({
      ...{ name: 'demo', description: 'text', parallelism: 3, on_limit: 'cancel_newest', timeout: 3600 },
    });
    expect(document.tasks[1]).toEqual({
      id: 'two',
      description: 'all of it',
      image: 'private/app:2',
      registry_auth: { user: 'robot', pass: 'pass' },
      depends_on: { one: 'Success', zero: 'Any', three: 'Failure' },
      variables: { lower: 'newer', KEY: 'pipeline_secret{{key}}' },
      entrypoint: ['/bin/tool', '--all'],
      command: ['sh', '-c', 'set -e\n  echo hi'],
      inject_api_token: true,
      always_pull_newest_image: true,
      retries: { attempts: 3, delay: 0.5, backoff: 1, max_delay: 60, exit_codes: [1, 75] },
      timeout: 600,
      stop_grace: 0,
      cpu: 0.5,
      memory: 1_610_612_736,
      pids: 100,
      allow_failure: true,
    });
  });

  test.each([
    ['6MiB', 6 * 1024 ** 2],
    ['8192KiB', 8 * 1024 ** 2],
    ['2TiB', 2 * 1024 ** 4],
    [6_291_456, 6_291_456],
  ] as const)('takes memory as %s', (size, bytes) => {
    expect(task('one', 'i').memory(size).toDocument().memory).toBe(bytes);
  });

  test.each(['512M', '512', 'MiB', '-1MiB', '1e3MiB', '', '1 GiB'])('refuses %j as memory', (size) => {
    expect(() => task('one', 'i').memory(size as '1MiB')).toThrow(`'${size}' is no amount of memory`);
  });

  test('tasks() replaces, task() adds', () => {
    const built = pipeline('demo').tasks(task('old', 'i')).tasks(task('one', 'i')).task(task('two', 'i'));
    expect(built.toDocument().tasks.map(({ id }) => id)).toEqual(['one', 'two']);
  });

  test('validate() throws all problems at once', () => {
    const built = pipeline('no_good').parallelism(-1).tasks(task('one', '').dependsOn('ghost', 'Any'));
    const failure = () => built.validate();
    expect(failure).toThrow(PipelineError);
    expect(failure).toThrow(
      /4 problems:\n {2}id: .*\n {2}parallelism: .*\n {2}tasks\[0\].image: .*\n {2}tasks\[0\].depends_on.ghost: /,
    );
  });
});

test('the helpers print expressions', () => {
  expect([pipelineSecret('a'), globalSecret('b'), pipelineObject('c'), runObject('d')]).toEqual([
    'pipeline_secret{{a}}',
    'global_secret{{b}}',
    'pipeline_object{{c}}',
    'run_object{{d}}',
  ]);
});

describe('finish', () => {
  let folder: string;
  let printed: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gofer-sdk-'));
    printed = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  test('prints one line', () => {
    vi.stubEnv('GOFER_PIPELINE_OUTPUT', undefined);
    pipeline('demo').tasks(task('one', 'i').script('a\nb')).finish();
    expect(printed.endsWith('\n')).toBe(true);
    expect(printed.trimEnd()).not.toContain('\n');
    expect(JSON.parse(printed)).toMatchObject({ id: 'demo' });
  });

  test('writes to the side channel instead if there is one', () => {
    const file = join(folder, 'out.json');
    vi.stubEnv('GOFER_PIPELINE_OUTPUT', file);
    definePipeline({ id: 'plain', tasks: [{ id: 'one', image: 'i', depends_on: {} }] });
    expect(printed).toBe('');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ id: 'plain', name: 'plain', parallelism: 0 });
  });

  test('prints nothing if there are problems', () => {
    vi.stubEnv('GOFER_PIPELINE_OUTPUT', undefined);
    expect(() => definePipeline({ id: 'x' })).toThrow(PipelineError);
    expect(printed).toBe('');
  });
});
