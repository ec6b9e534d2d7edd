import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeGraph } from '../../../core/graph.ts';
import { checkPipelineDocument, toGraph, type TaskDocument } from '../../../core/pipeline-config.ts';

const task = (id: string, depends_on: TaskDocument['depends_on'] = {}, more: object = {}): TaskDocument => ({
  id,
  image: 'alpine:3.20',
  depends_on,
  variables: {},
  inject_api_token: false,
  always_pull_newest_image: false,
  ...more,
});
const documentOf = (tasks: unknown, more: object = {}) => ({
  id: 'demo',
  name: 'Demo',
  parallelism: 0,
  tasks,
  ...more,
});
const paths = (value: unknown, at?: string) => checkPipelineDocument(value, at).map((problem) => problem.path);
const messages = (value: unknown) =>
  checkPipelineDocument(value).map((problem) => `${problem.path}: ${problem.message}`);

describe('a good document', () => {
  test('has no problems', () => {
    const auth = { registry_auth: { user: 'robot', pass: 'x' }, entrypoint: null, command: ['echo', 'hi'] };
    expect(messages(documentOf([task('one', {}, auth), task('two', { one: 'Any' })]))).toEqual([]);
  });

  test('may have no tasks, an empty name, forward references and fields we do not know', () => {
    const tasks = [task('late', { early: 'Failure' }, { colour: 'red' }), task('early')];
    expect(messages(documentOf(tasks, { name: '', description: null, extra: 1 }))).toEqual([]);
    expect(messages(documentOf([]))).toEqual([]);
  });
});

describe('options', () => {
  const SIX_MIB = 6_291_456;

  test('may have every value within their limits, and none of them is required', () => {
    const least = { retries: { attempts: 0 }, timeout: 1, stop_grace: 0, cpu: 0.01, memory: SIX_MIB, pids: 1 };
    const retries = { attempts: 100, delay: 0, backoff: 10, max_delay: 0.5, exit_codes: [1, 255] };
    const most = { retries, timeout: 31_536_000, stop_grace: 3600, cpu: 96, memory: 2 ** 50, pids: 2 ** 40 };
    const tasks = [task('least', {}, least), task('most', {}, { ...most, allow_failure: true })];
    for (const on_limit of ['queue', 'cancel_oldest', 'cancel_newest']) {
      expect(messages(documentOf(tasks, { timeout: 1, on_limit }))).toEqual([]);
    }
  });

  test.each([
    [{ retries: 3 }, 'retries: must be an object'],
    [{ retries: {} }, 'retries.attempts: is required: a whole number from 0 to 100'],
    [{ retries: { attempts: 101 } }, 'retries.attempts: must be a whole number from 0 to 100'],
    [{ retries: { attempts: 1, delay: -1 } }, 'retries.delay: must be a number of seconds from 0 to 31536000'],
    [{ retries: { attempts: 1, backoff: 0.9 } }, 'retries.backoff: must be a number from 1 to 10'],
    [{ retries: { attempts: 1, max_delay: '5' } }, 'retries.max_delay: must be a number of seconds from 0 to 31536000'],
    [{ retries: { attempts: 1, exit_codes: [] } }, 'retries.exit_codes: must be a list of at least one exit code'],
    [{ retries: { attempts: 1, exit_codes: [1, 0] } }, 'retries.exit_codes[1]: must be a whole number from 1 to 255'],
    [{ timeout: 0 }, 'timeout: must be a whole number of seconds from 1 to 31536000'],
    [{ timeout: null }, 'timeout: must be a whole number of seconds from 1 to 31536000'],
    [{ stop_grace: 3601 }, 'stop_grace: must be a whole number of seconds from 0 to 3600'],
    [{ cpu: 0 }, 'cpu: must be a number of CPUs from 0.01'],
    [{ cpu: Number.NaN }, 'cpu: must be a number of CPUs from 0.01'],
    [{ memory: SIX_MIB - 1 }, 'memory: must be a whole number of bytes from 6291456'],
    [{ memory: '512MiB' }, 'memory: must be a whole number of bytes from 6291456'],
    [{ pids: 1.5 }, 'pids: must be a whole number from 1'],
    [{ allow_failure: 'yes' }, 'allow_failure: must be true or false'],
  ])('%j are refused', (option, message) => {
    expect(messages(documentOf([task('one', {}, option)]))).toEqual([`tasks[0].${message}`]);
  });

  test('of a pipeline are refused with their place and value', () => {
    expect(checkPipelineDocument(documentOf([], { timeout: 1.5, on_limit: 'Queue' }), 'config')).toEqual([
      { path: 'config.timeout', value: 1.5, message: 'must be a whole number of seconds from 1 to 31536000' },
      { path: 'config.on_limit', value: 'Queue', message: "must be 'queue', 'cancel_oldest' or 'cancel_newest'" },
    ]);
  });
});

describe('problems', () => {
  test('are all collected, with place and value', () => {
    const tasks = [
      task('a b', {}, { image: 'alpine 3', variables: { '': 'x', 'A=B': 'x', PORT: 8080, NUL: 'a\0b' } }),
      { ...task('two', { ghost: 'Success' }), command: ['ok', 7], entrypoint: 'sh', inject_api_token: 'no' },
    ];
    expect(checkPipelineDocument(documentOf(tasks, { id: 'no_underscore', parallelism: -1 }), 'config')).toEqual([
      { path: 'config.id', value: 'no_underscore', message: 'must be 3 to 32 characters out of A-Z, a-z, 0-9 and -' },
      { path: 'config.parallelism', value: -1, message: 'must be a whole number from 0' },
      expect.objectContaining({ path: 'config.tasks[0].id', value: 'a b' }),
      expect.objectContaining({ path: 'config.tasks[0].image', value: 'alpine 3' }),
      expect.objectContaining({ path: 'config.tasks[0].variables[""]' }),
      expect.objectContaining({ path: 'config.tasks[0].variables["A=B"]' }),
      { path: 'config.tasks[0].variables.PORT', value: 8080, message: 'must be a string' },
      { path: 'config.tasks[0].variables.NUL', message: 'must be Unicode text without NUL characters' },
      { path: 'config.tasks[1].depends_on.ghost', message: "the pipeline has no task 'ghost'" },
      { path: 'config.tasks[1].entrypoint', value: 'sh', message: 'must be a list of strings or null' },
      { path: 'config.tasks[1].command[1]', value: 7, message: 'must be a string' },
      { path: 'config.tasks[1].inject_api_token', value: 'no', message: 'must be true or false' },
    ]);
  });

  test('name every missing field', () => {
    expect(paths({})).toEqual(['id', 'name', 'parallelism', 'tasks']);
    expect(paths(documentOf([{}]), 'config')).toEqual(
      ['id', 'image', 'depends_on', 'variables', 'inject_api_token', 'always_pull_newest_image'].map(
        (field) => `config.tasks[0].${field}`,
      ),
    );
    expect(messages({ ...documentOf([]), name: null })).toEqual(['name: must be a string']);
    expect(messages(null)).toEqual(['pipeline: must be an object']);
    expect(messages([])).toEqual(['pipeline: must be an object']);
  });

  test('point from a repeated id to the first use', () => {
    expect(messages(documentOf([task('one'), task('two'), task('one')]))).toEqual([
      'tasks[2].id: is already the id of tasks[0]',
    ]);
  });

  test.each([
    ['success', "(did you mean 'Success'?)"],
    ['ANY', "(did you mean 'Any'?)"],
    ['Unknown', "('Unknown' would never let the task run)"],
    ['finished', "must be 'Any', 'Success' or 'Failure'"],
  ])('explain the dependency status %s', (status, hint) => {
    const [problem] = checkPipelineDocument(documentOf([task('one'), { ...task('two'), depends_on: { one: status } }]));
    expect(problem).toMatchObject({ path: 'tasks[1].depends_on.one', value: status });
    expect(problem?.message).toContain(hint);
  });

  test('show a cycle as a path, once, and a self-dependency where it stands', () => {
    const tasks = [task('a'), task('b', { d: 'Any', a: 'Any' }), task('c', { b: 'Any' }), task('d', { c: 'Any' })];
    expect(messages(documentOf(tasks))).toEqual([
      'tasks[1].depends_on: these tasks wait for each other, so none can start: b -> d -> c -> b',
    ]);
    expect(messages(documentOf([task('own', { own: 'Any' })]))).toEqual([
      "tasks[0].depends_on.own: task 'own' cannot depend on itself",
    ]);
  });

  test('never repeat a password', () => {
    const found = checkPipelineDocument(documentOf([task('one', {}, { registry_auth: { user: 'u', pass: 12345 } })]));
    expect(found).toEqual([{ path: 'tasks[0].registry_auth.pass', message: 'must be a string' }]);
  });

  test('are not confused by names that objects are born with', () => {
    const tasks = [task('constructor'), task('toString', JSON.parse('{"__proto__":"Any","constructor":"Any"}'))];
    expect(messages(documentOf(tasks))).toEqual([
      "tasks[1].depends_on.__proto__: the pipeline has no task '__proto__'",
    ]);
  });

  test('of 10,000 tasks in dense layers are found in well under a second', () => {
    const layer = (index: number) => Math.floor(index / 20);
    const tasks = Array.from({ length: 10_000 }, (_, index) => {
      const parents = layer(index) === 0 ? [] : Array.from({ length: 20 }, (_, n) => (layer(index) - 1) * 20 + n);
      return task(`t${index}`, Object.fromEntries(parents.map((parent) => [`t${parent}`, 'Success'])));
    });
    const started = performance.now();
    expect(checkPipelineDocument(documentOf(tasks))).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test('a graph that no message could hold is refused, with its size', () => {
  const parents = Array.from({ length: 500 }, (_, index) => task(`p${index}`));
  const dependsOn = Object.fromEntries(parents.map(({ id }) => [id, 'Any' as const]));
  const children = (count: number) => Array.from({ length: count }, (_, index) => task(`c${index}`, dependsOn));
  expect(messages(documentOf([...parents, ...children(400)]))).toEqual([]);
  expect(messages(documentOf([...parents, ...children(500)]))).toEqual([
    'tasks: has 1000 tasks with 250000 dependencies, more than one run can have; split the pipeline',
  ]);
  const largest = toGraph([...parents, ...children(470)]);
  expect(JSON.stringify(encodeGraph(largest)).length).toBeLessThan(2_000_000);
});

test('toGraph lowers the case of requirements', () => {
  expect(toGraph([task('one'), task('two', { one: 'Failure' })])).toEqual([
    { id: 'one', dependsOn: {} },
    { id: 'two', dependsOn: { one: 'failure' } },
  ]);
});

/** True if removing tasks without unremoved parents, again and again, leaves some. */
function hasCycle(tasks: readonly TaskDocument[]): boolean {
  let left = tasks;
  for (;;) {
    const ids = new Set(left.map(({ id }) => id));
    const rest = left.filter(({ depends_on }) => Object.keys(depends_on).some((parent) => ids.has(parent)));
    if (rest.length === left.length) return left.length > 0;
    left = rest;
  }
}

test('property: a document of known parents is refused exactly if its graph has a cycle', () => {
  const graphs = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 14 }).map((edges) =>
      Array.from({ length: size }, (_, child) => {
        const parents = edges.filter(([to]) => to === child).map(([, from]) => [`t${from}`, 'Any'] as const);
        return task(`t${child}`, Object.fromEntries(parents));
      }),
    ),
  );
  fc.assert(
    fc.property(graphs, (tasks) => {
      expect(checkPipelineDocument(documentOf(tasks)).length > 0).toBe(hasCycle(tasks));
    }),
    { numRuns: 2000 },
  );
});
