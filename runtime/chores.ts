import type { Logger } from 'pino';
import { ensureError } from '../core/errors.ts';
import { pruneAudit } from '../services/audit.ts';
import { dispatchExtensions } from '../services/extensions.ts';
import { dispatchEvents, pruneExternalEvents, type ExternalEventDependencies } from '../services/external-events.ts';
import { pruneEvents, purgeTokens } from '../services/housekeeping.ts';
import { dispatchRuns } from '../services/runs.ts';
import { dispatchSubscriptions } from '../services/subscriptions.ts';
import type { ServerConfig } from './config.ts';

/** How often what was recorded but never dispatched is looked for, in milliseconds. */
const DISPATCH_INTERVAL_MS = 10_000;

const PURGE_INTERVAL_MS = 3_600_000;

/** The longest interval that timers have. */
const MAX_INTERVAL_MS = 2_147_483_647;

/** Starts what a worker does from time to time. */
export function startChores({ api }: ServerConfig, deps: ExternalEventDependencies): { stop(): void } {
  const { db, logger } = deps;
  const { event_log_retention: retention, event_prune_interval: pruneInterval } = api;
  const chores = [
    regularly('dispatching runs', DISPATCH_INTERVAL_MS, logger, () => dispatchRuns(deps)),
    regularly('dispatching extensions', DISPATCH_INTERVAL_MS, logger, () => dispatchAll(deps)),
    regularly('pruning external events', PURGE_INTERVAL_MS, logger, () => pruneExternalEvents(deps)),
    regularly('pruning events', pruneInterval * 1000, logger, () => pruneEvents(db, retention)),
    regularly('pruning audit records', pruneInterval * 1000, logger, () => pruneAudit(db, retention)),
    regularly('purging tokens', PURGE_INTERVAL_MS, logger, () => purgeTokens(db)),
  ];
  return {
    stop() {
      for (const stopChore of chores) stopChore();
    },
  };
}

/** Makes good what processes that died, or could not reach Temporal, did not tell the workflows of extensions. */
async function dispatchAll(deps: ExternalEventDependencies): Promise<void> {
  await dispatchExtensions(deps);
  await dispatchSubscriptions(deps);
  await dispatchEvents(deps);
}

/** Does something at once and then again and again, whatever goes wrong. Returns how to stop that. */
function regularly(name: string, intervalMs: number, logger: Logger, work: () => Promise<unknown>): () => void {
  const run = () => {
    work().catch((error: unknown) => logger.warn({ err: ensureError(error) }, name));
  };
  run();
  const timer = setInterval(run, Math.min(intervalMs, MAX_INTERVAL_MS));
  return () => clearInterval(timer);
}
