import { setTimeout as sleep } from 'node:timers/promises';
import { StreamClosedError, UnreachableError } from './errors.ts';

/** A server that is being restarted is back within this time. */
const ATTEMPTS = 60;
const PAUSE_MS = 500;

/** Connection lost, server shutting down, server restarting. */
const TRANSIENT_CLOSE_CODES: ReadonlySet<number> = new Set([1006, 1011, 1012]);

function isTransient(error: unknown): boolean {
  return (
    error instanceof UnreachableError || (error instanceof StreamClosedError && TRANSIENT_CLOSE_CODES.has(error.code))
  );
}

/** Counts failures in a row and says whether to try again. */
export class Patience {
  #failures = 0;
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Waits a moment if it makes sense to try again, and throws the error if not. */
  async waitAfter(error: unknown): Promise<void> {
    this.#failures += 1;
    if (!isTransient(error) || this.#failures >= ATTEMPTS || this.#signal?.aborted) throw error;
    await sleep(PAUSE_MS, undefined, { ...(this.#signal && { signal: this.#signal }) }).catch(() => undefined);
  }
}

/** Repeats a call while the server cannot be reached. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const patience = new Patience(signal);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await patience.waitAfter(error);
    }
  }
}
