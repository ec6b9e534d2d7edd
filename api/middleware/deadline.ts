import type { Request } from 'express';

import { ErrorKind, GoferError } from '../../core/errors.ts';
import { scopeOf } from './scope.ts';

/**
 * Waits for a handler, but not for ever: after `ms` the request is answered as unavailable, and `signal` tells the handler
 * so. What the handler does then no longer matters to the client.
 */
export async function withDeadline<T>(
  request: Request,
  ms: number,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  let expire: (error: Error) => void = () => undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    expire = reject;
  });
  const timer = setTimeout(() => {
    const error = new GoferError(ErrorKind.Unavailable, `the request took longer than ${ms / 1000} s`);
    late.abort(error);
    expire(error);
  }, ms);
  const working = work(AbortSignal.any([late.signal, stopping]));
  working.catch((err: unknown) => {
    if (late.signal.aborted) scopeOf(request).log.warn({ err }, 'failed after its deadline');
  });
  try {
    return await Promise.race([working, expired]);
  } finally {
    clearTimeout(timer);
  }
}
