import { expect, test } from 'vitest';
import { runLimit } from '../../../core/admission.ts';

test.each([
  [0, 0, Infinity],
  [0, 200, 200],
  [3, 0, 3],
  [3, 200, 3],
  [3, 3, 3],
  [300, 200, 200],
])('parallelism %i and a server limit of %i allow %d runs at once', (parallelism, serverLimit, limit) => {
  expect(runLimit(parallelism, serverLimit)).toBe(limit);
});
