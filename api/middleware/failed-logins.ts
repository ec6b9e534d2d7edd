import type { IncomingMessage } from 'node:http';

import { RateLimiterMemory } from 'rate-limiter-flexible';

import { ErrorKind, GoferError } from '../../core/errors.ts';

const SECONDS = 60;

/**
 * Slows down whoever guesses tokens: so many that are not good may come from one address in a minute. Each API process
 * counts for itself.
 */
export class FailedLogins {
  readonly #limiter: RateLimiterMemory | undefined;

  /** @param perMinute 0 for any number */
  constructor(perMinute: number) {
    if (perMinute > 0) this.#limiter = new RateLimiterMemory({ points: perMinute, duration: SECONDS });
  }

  /** @throws GoferError `throttled` if too many attempts from this address have failed */
  async refuseIfTooMany(request: IncomingMessage): Promise<void> {
    const state = await this.#limiter?.get(addressOf(request));
    if (!state || state.remainingPoints > 0) return;
    const seconds = Math.ceil(state.msBeforeNext / 1000);
    throw new GoferError(ErrorKind.Throttled, `too many bad tokens from this address; try again in ${seconds} s`);
  }

  /** Counts an attempt that failed. */
  async count(request: IncomingMessage): Promise<void> {
    await this.#limiter?.penalty(addressOf(request));
  }
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown';
}
