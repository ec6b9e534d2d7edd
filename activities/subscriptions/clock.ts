import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import { ensureError } from '../../core/errors.ts';
import type { BuiltinDependencies } from '../../services/builtin/subscriptions.ts';
import { serveTicks } from '../../services/builtin/ticks.ts';
import { dispatchTriggeredRuns } from '../../services/runs.ts';
import { bePresent } from '../extensions/presence.ts';

/** How often to look for ticks that are due, in milliseconds. */
const LOOK_INTERVAL_MS = 200;
/** Ticks that are recorded later than this, in milliseconds, come before the runs of others. */
const LATE_MS = 500;
/** How often a run is started nevertheless, in milliseconds. */
const LATE_PAUSE_MS = 1_000;
/** How many runs are started before it looks again whether it is late. */
const DISPATCH_BATCH = 20;
/** How often to look for runs to start if no tick was due, in milliseconds: somebody else may have left some. */
const DISPATCH_INTERVAL_MS = 1_000;
/** How long to wait after something failed, in milliseconds. */
const FAILURE_PAUSE_MS = 1_000;
/** How often to ask whether Temporal is still there, in milliseconds. */
const PULSE_INTERVAL_MS = 2_000;
/** Without an answer for so long, in milliseconds, there is no Temporal to look at the clock for. */
const PULSE_DEADLINE_MS = 15_000;

/**
 * Looks at the clock for one extension: records the runs of its ticks when they are due, and has their workflows started.
 * Nothing is lost with a process that does this, and nothing is done twice by two of them. It stops while Temporal is
 * away: then runs could not be executed, and what becomes of their ticks is for the catch-up policies to say.
 */
export async function lookAtClock(deps: BuiltinDependencies, extension: string): Promise<void> {
  const presence = bePresent();
  const over = new AbortController();
  const signal = AbortSignal.any([presence.stop, presence.detach, over.signal]);
  try {
    let late = false;
    let nextDispatch = 0;
    const serve = async () => {
      const { more, lateMs, runs } = await serveTicks(deps, extension, Date.now());
      late = lateMs > LATE_MS;
      if (runs > 0) nextDispatch = 0;
      return more ? 0 : LOOK_INTERVAL_MS;
    };
    const dispatch = async () => {
      if (Date.now() < nextDispatch) return LOOK_INTERVAL_MS;
      nextDispatch = Date.now() + DISPATCH_INTERVAL_MS;
      const started = await dispatchTriggeredRuns(deps, extension, late ? 1 : DISPATCH_BATCH);
      if (late) return LATE_PAUSE_MS;
      if (started === 0) return LOOK_INTERVAL_MS;
      nextDispatch = 0;
      return 0;
    };
    await Promise.race([
      again(deps.logger, signal, serve),
      again(deps.logger, signal, dispatch),
      feelPulse(deps, signal),
    ]);
    presence.detach.throwIfAborted();
  } finally {
    over.abort();
    presence.leave();
  }
}

/** Does something again and again, after as many milliseconds as it says, whatever goes wrong. */
async function again(logger: Logger, signal: AbortSignal, work: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    let pauseMs: number;
    try {
      pauseMs = await work();
    } catch (error) {
      logger.warn({ err: ensureError(error) }, 'looking at the clock');
      pauseMs = FAILURE_PAUSE_MS;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** @throws ApplicationFailure if Temporal does not answer any more; it is tried again once it does */
async function feelPulse({ extensionWorkflows }: BuiltinDependencies, signal: AbortSignal): Promise<void> {
  let last = Date.now();
  while (!signal.aborted) {
    if (await extensionWorkflows.isReachable()) last = Date.now();
    if (Date.now() - last > PULSE_DEADLINE_MS)
      throw ApplicationFailure.retryable('Temporal does not answer', 'NoPulse');
    await sleep(PULSE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}
