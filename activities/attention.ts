import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TaskRef } from '../core/ids.ts';
import type { Cancellations } from './cancellations.ts';

/** How often Temporal hears of a supervised task, in milliseconds; it waits five times as long before it worries. */
const HEARTBEAT_MS = 2_000;

/** The two ways in which a supervisor may be told to stop, kept apart because one ends the container and one must not. */
export interface Attention {
  /** The task is to be cancelled: stop its container. */
  readonly cancel: AbortSignal;
  /** This worker is to let go, because it shuts down or has been replaced: leave the container to the next supervisor. */
  readonly detach: AbortSignal;
  /** What people who look at the workflow may find useful; goes with the next heartbeat, as each costs as much as a statement. */
  note(details: Readonly<Record<string, string>>): void;
  /** Ends the heartbeat. */
  release(): void;
}

/** Pays attention to one task on behalf of the current activity. */
export function payAttention(task: TaskRef, cancellations: Cancellations): Attention {
  const context = Context.current();
  const cancel = new AbortController();
  const detach = new AbortController();
  let details: Readonly<Record<string, string>> = {};

  const letGo = () => detach.abort(ApplicationFailure.retryable('the worker let go of the task', 'Detached'));
  const registration = cancellations.register(task);
  registration.cancel.addEventListener('abort', () => cancel.abort());
  registration.replaced.addEventListener('abort', letGo);
  context.cancellationSignal.addEventListener('abort', () => {
    if (context.cancellationDetails?.cancelRequested) cancel.abort();
    else letGo();
  });
  const heart = setInterval(() => context.heartbeat(details), HEARTBEAT_MS);
  return {
    cancel: cancel.signal,
    detach: detach.signal,
    note(next) {
      details = next;
    },
    release() {
      clearInterval(heart);
      registration.release();
    },
  };
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
