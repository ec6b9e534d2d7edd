import { expect, test } from 'vitest';
import { runChaos } from '../chaos/run-chaos.ts';

// The long form is `npm run test:chaos`.
test('whatever is killed, nothing is lost and nothing is done twice', { timeout: 600_000 }, async () => {
  const { kills, checks } = await runChaos({ seed: 20_261_125, runs: 18, kills: 6, say: () => undefined });
  expect(Object.values(kills).every((times) => times > 0)).toBe(true);
  expect(checks.map(({ name, wrong }) => [name, wrong])).toEqual(checks.map(({ name }) => [name, []]));
});
