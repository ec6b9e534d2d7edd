import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RetryPolicy } from '../../../core/pipeline-options.ts';
import { retryDelay, type AttemptFailure } from '../../../core/retries.ts';

const failed = { kind: 'exit', code: 1 } as const satisfies AttemptFailure;
const delays = (policy: RetryPolicy) => {
  const found: number[] = [];
  for (;;) {
    const delay = retryDelay(policy, found.length, failed);
    if (delay === undefined) return found;
    found.push(delay);
  }
};

describe('the delay', () => {
  test('doubles from a second to five minutes if nothing else is said', () => {
    expect(delays({ attempts: 11 })).toEqual([
      ...[1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000],
    ]);
  });

  test('follows the policy', () => {
    expect(delays({ attempts: 4, delay: 0.5, backoff: 3, max_delay: 10 })).toEqual([500, 1500, 4500, 10_000]);
    expect(delays({ attempts: 2, delay: 60, backoff: 1, max_delay: 30 })).toEqual([30_000, 30_000]);
    expect(delays({ attempts: 0 })).toEqual([]);
  });
});

test('exit codes choose what is tried again, and leave time-outs out', () => {
  const policy = { attempts: 1, exit_codes: [75, 137] };
  expect(retryDelay(policy, 0, { kind: 'exit', code: 75 })).toBe(1000);
  expect(retryDelay(policy, 0, { kind: 'exit', code: 1 })).toBeUndefined();
  expect(retryDelay(policy, 0, { kind: 'timeout' })).toBeUndefined();
  expect(retryDelay({ attempts: 1 }, 0, { kind: 'timeout' })).toBe(1000);
});

test('infrastructure is tried again ten times in a row, whatever else was used up', () => {
  const again = (inARow: number) => retryDelay({ attempts: 0, exit_codes: [1] }, 7, { kind: 'infrastructure', inARow });
  expect(again(1)).toBe(1000);
  expect(again(10)).toBe(300_000);
  expect(again(11)).toBeUndefined();
});

const seconds = fc.double({ min: 0, max: 31_536_000, noNaN: true });
const policies: fc.Arbitrary<RetryPolicy> = fc.record(
  {
    attempts: fc.integer({ min: 0, max: 100 }),
    delay: seconds,
    backoff: fc.double({ min: 1, max: 10, noNaN: true }),
    max_delay: seconds,
    exit_codes: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: ['attempts'] },
);
const failures: fc.Arbitrary<AttemptFailure> = fc.oneof(
  fc.record({ kind: fc.constant('exit' as const), code: fc.integer({ min: 1, max: 255 }) }),
  fc.constant({ kind: 'timeout' as const }),
  fc.record({ kind: fc.constant('infrastructure' as const), inARow: fc.integer({ min: 1, max: 20 }) }),
);

describe('property', () => {
  test('a task without a policy is never tried again', () => {
    fc.assert(
      fc.property(fc.nat(200), failures, (used, failure) => {
        expect(retryDelay(undefined, used, failure)).toBeUndefined();
      }),
    );
  });

  test('a delay is a whole number of milliseconds up to the longest one, and always the same', () => {
    fc.assert(
      fc.property(policies, fc.nat(200), failures, (policy, used, failure) => {
        const delay = retryDelay(policy, used, failure);
        expect(retryDelay(policy, used, failure)).toBe(delay);
        if (delay === undefined) return;
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.round((policy.max_delay ?? 300) * 1000));
      }),
    );
  });

  test('a program that always fails is tried exactly as often as the policy says, ever more slowly', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const { exit_codes: codes } = policy;
        const found = delays({ ...policy, ...(codes && { exit_codes: [...codes, failed.code] }) });
        expect(found).toHaveLength(policy.attempts);
        expect(found).toEqual(found.toSorted((one, other) => one - other));
      }),
    );
  });

  test('failures of the infrastructure depend on nothing but how many there were in a row', () => {
    fc.assert(
      fc.property(policies, fc.nat(200), fc.integer({ min: 1, max: 20 }), (policy, used, inARow) => {
        const failure = { kind: 'infrastructure', inARow } as const;
        expect(retryDelay(policy, used, failure)).toBe(retryDelay({ ...policy, attempts: 0 }, 0, failure));
        expect(retryDelay(policy, used, failure) === undefined).toBe(inARow > 10);
      }),
    );
  });
});
