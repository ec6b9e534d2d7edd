import { expect, test, vi } from 'vitest';
import type { PrismaClient } from '../../../generated/prisma/client.ts';
import { gathering } from '../../../store/gathering.ts';

const db = {} as PrismaClient;

interface Item {
  readonly key: string;
  readonly value: number;
}

/** A statement that notes what it is for, and ends when the test wants; it doubles values, and refuses negative ones. */
function scene() {
  const asked: number[][] = [];
  const ends: (() => void)[] = [];
  const double = gathering<Item, number>(
    ({ key }) => key,
    async (_db, items) => {
      const values = items.map(({ value }) => value);
      asked.push(values);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (values.some((value) => value < 0)) throw new Error(`${values.join()} refused`);
      return values.map((value) => value * 2);
    },
  );
  const call = (value: number, key = String(value)) => double(db, { key, value });
  /** Ends the oldest statement that is under way, once there is one. */
  const end = async () => (await vi.waitUntil(() => ends.shift()))();
  return { asked, call, end, double };
}

test('a call that comes alone is carried out at once, and those that come meanwhile share the next statement', async () => {
  const { asked, call, end } = scene();
  const calls = [1, 2, 3, 4].map((value) => call(value));
  expect(asked).toEqual([[1]]);
  await end();
  await end();
  expect(await Promise.all(calls)).toEqual([2, 4, 6, 8]);
  expect(asked).toEqual([[1], [2, 3, 4]]);
});

test('calls with the same key do not share a statement', async () => {
  const { asked, call, end } = scene();
  const calls = [call(1), call(2, 'same'), call(3, 'same'), call(4)];
  for (let statements = 0; statements < 3; statements += 1) await end();
  expect(await Promise.all(calls)).toEqual([2, 4, 6, 8]);
  expect(asked).toEqual([[1], [2, 4], [3]]);
});

test('no call fails because of another', async () => {
  const { asked, call, end } = scene();
  const calls = [1, 2, -3, 4].map((value) => call(value));
  for (let statements = 0; statements < 5; statements += 1) await end();
  expect(await Promise.allSettled(calls)).toMatchObject([
    { value: 2 },
    { value: 4 },
    { reason: new Error('-3 refused') },
    { value: 8 },
  ]);
  expect(asked).toEqual([[1], [2, -3, 4], [2], [-3], [4]]);
});

test('a statement that is held up does not hold up the others', async () => {
  const { asked, call, end } = scene();
  const heldUp = call(1);
  const other = call(2);
  await vi.waitUntil(() => asked.length === 2);
  await end();
  await end();
  expect(await Promise.all([heldUp, other])).toEqual([2, 4]);
});

test('a statement is for so many calls at most', async () => {
  const { asked, call, end } = scene();
  const calls = Array.from({ length: 402 }, (_, value) => call(value));
  for (let statements = 0; statements < 4; statements += 1) await end();
  expect((await Promise.all(calls)).at(-1)).toBe(802);
  expect(asked.map(({ length }) => length)).toEqual([1, 200, 200, 1]);
});

test('calls of different databases have nothing to do with each other', async () => {
  const { asked, double, end } = scene();
  const calls = [double(db, { key: 'a', value: 1 }), double({} as PrismaClient, { key: 'a', value: 2 })];
  expect(asked).toEqual([[1], [2]]);
  await end();
  await end();
  expect(await Promise.all(calls)).toEqual([2, 4]);
});
