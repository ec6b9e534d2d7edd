import type { RetryPolicy } from './pipeline-options.ts';

/** How an attempt failed. */
export type AttemptFailure =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'timeout' }
  /** The attempt's image, container or engine failed, not the program in it. */
  | {
      readonly kind: 'infrastructure';
      /** How many failures of this kind came one after the other, this one included. */
      readonly inARow: number;
    };

/** Infrastructure that failed this often in a row is not expected to recover. */
const MAX_INFRASTRUCTURE_FAILURES = 10;

/**
 * How long to wait before a failed task is tried again, in milliseconds; undefined if it has failed for good. Failures of
 * the infrastructure use up no attempts. The same arguments always give the same answer, so workflows may call it.
 *
 * @param policy the task's `retries`; a task without is never tried again
 * @param attemptsUsed how many of the policy's `attempts` were made before this failure: 0 when the first attempt failed
 */
export function retryDelay(
  policy: RetryPolicy | undefined,
  attemptsUsed: number,
  failure: AttemptFailure,
): number | undefined {
  if (!policy) return undefined;
  if (failure.kind === 'infrastructure') {
    return failure.inARow <= MAX_INFRASTRUCTURE_FAILURES ? delayAfter(policy, failure.inARow - 1) : undefined;
  }
  if (attemptsUsed >= policy.attempts || !isRetried(policy, failure)) return undefined;
  return delayAfter(policy, attemptsUsed);
}

function isRetried({ exit_codes: codes }: RetryPolicy, failure: Exclude<AttemptFailure, { kind: 'infrastructure' }>) {
  if (!codes) return true;
  return failure.kind === 'exit' && codes.includes(failure.code);
}

/** @param growths how often the delay has been multiplied */
function delayAfter({ delay = 1, backoff = 2, max_delay: longest = 300 }: RetryPolicy, growths: number): number {
  return Math.round(Math.min(delay * backoff ** growths, longest) * 1000);
}
