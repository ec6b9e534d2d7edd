import { expect, test } from 'vitest';
import { runChaos } from '../chaos/run-chaos.ts';
import { VICTIMS } from '../chaos/installation.ts';

// The long form is `npm run test:chaos`.
test('nothing is lost, doubled or left when worker, API, Temporal, PostgreSQL and engine are killed', async () => {
  const { kills, checks } = await runChaos({ seed: 20_261_125, runs: 18, kills: 6, say: () => undefined });
  expect(Object.keys(kills).toSorted()).toEqual([...VICTIMS].toSorted());
  expect(Object.values(kills).every((times) => times > 0)).toBe(true);
  expect(Object.fromEntries(checks.map(({ name, wrong }) => [name, wrong]))).toEqual(
    Object.fromEntries(checks.map(({ name }) => [name, []])),
  );
}, 1_200_000);
