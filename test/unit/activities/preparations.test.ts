import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { Preparations, type PreparedContainer } from '../../../activities/preparations.ts';

const run = { namespace: 'default', pipeline: 'nightly', run: 1 };
const task = { ...run, task: 'build' };

let removed: string[];
let preparations: Preparations;

beforeEach(() => {
  removed = [];
  const scheduler = { removeContainer: async (id: string) => void removed.push(id) };
  preparations = new Preparations(scheduler, pino({ enabled: false }));
});

const made = (id: string): PreparedContainer => ({
  container: { id, phase: 'created', created: true },
  imageDigest: undefined,
});

/** Has a container made as soon as its image is there. */
function prepare(ref = task) {
  const image = Promise.withResolvers<void>();
  const container = Promise.withResolvers<PreparedContainer>();
  const asked = Promise.withResolvers<boolean>();
  preparations.add(ref, async (mayMake) => {
    await image.promise;
    const allowed = mayMake();
    asked.resolve(allowed);
    return allowed ? container.promise : undefined;
  });
  return { image, container, mayMake: asked.promise };
}

test('a container that is being made is waited for, and given away once', async () => {
  const { image, container, mayMake } = prepare();
  image.resolve();
  expect(await mayMake).toBe(true);
  const taken = preparations.take(task);
  container.resolve(made('a'));
  expect((await taken)?.container.id).toBe('a');
  expect(await preparations.take(task)).toBeUndefined();
});

test('one whose image is on its way is neither waited for nor made', async () => {
  const { image, mayMake } = prepare();
  expect(await preparations.take(task)).toBeUndefined();
  image.resolve();
  expect(await mayMake).toBe(false);
});

test('one that cannot be made is none', async () => {
  const { image, container, mayMake } = prepare();
  image.resolve();
  await mayMake;
  container.reject(new Error('no room'));
  expect(await preparations.take(task)).toBeUndefined();
});

test('those of a run that is over are removed, and no others', async () => {
  const other = { ...run, run: 10, task: 'build' };
  for (const [id, ref] of [
    ['a', task],
    ['b', { ...run, task: 'test' }],
    ['c', other],
  ] as const) {
    const { image, container, mayMake } = prepare(ref);
    image.resolve();
    await mayMake;
    container.resolve(made(id));
  }
  await preparations.discardAll(run);
  expect(removed.toSorted()).toEqual(['a', 'b']);
  expect((await preparations.take(other))?.container.id).toBe('c');
});

test('the oldest are forgotten when they become too many', async () => {
  for (let run = 1; run <= 1001; run += 1)
    preparations.add({ ...task, run }, async (mayMake) => (mayMake(), made(`${run}`)));
  await new Promise(setImmediate);
  expect(await preparations.take({ ...task, run: 1 })).toBeUndefined();
  expect((await preparations.take({ ...task, run: 2 }))?.container.id).toBe('2');
});
