import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/** How often Temporal hears of a supervised extension, in milliseconds; it waits five times as long before it worries. */
const HEARTBEAT_MS = 2_000;

/** How long a supervisor is to stay, as Temporal sees it. */
export interface Presence {
  /** The workflow wants the container stopped. */
  readonly stop: AbortSignal;
  /** This worker is to let go, because it shuts down or has been replaced: leave the container to the next supervisor. */
  readonly detach: AbortSignal;
  /** Ends the heartbeat. */
  leave(): void;
}

/** Lets Temporal hear of the current activity, and hears what it wants. */
export function bePresent(): Presence {
  const context = Context.current();
  const stop = new AbortController();
  const detach = new AbortController();
  context.cancellationSignal.addEventListener('abort', () => {
    if (context.cancellationDetails?.cancelRequested) stop.abort();
    else detach.abort(ApplicationFailure.retryable('the worker let go of the extension', 'Detached'));
  });
  const heart = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  return { stop: stop.signal, detach: detach.signal, leave: () => clearInterval(heart) };
}
