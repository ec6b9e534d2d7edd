import type { Logger } from 'pino';
import type { Retention } from '../activities/maintenance.ts';
import { Chore } from '../core/chores.ts';
import { ensureError } from '../core/errors.ts';
import { dispatchRunEnds } from '../services/builtin/run-ends.ts';
import { dispatchExtensions, remindExtensions } from '../services/extensions.ts';
import { dispatchEvents, type ExternalEventDependencies } from '../services/external-events.ts';
import { dispatchRuns } from '../services/runs.ts';
import type { ChoreIntervals } from '../services/schedules.ts';
import { dispatchSubscriptions } from '../services/subscriptions.ts';
import type { ServerConfig } from './config.ts';

/** How often what was recorded but never dispatched is looked for, in milliseconds. */
const DISPATCH_INTERVAL_MS = 10_000;

/** How often ends of runs are looked for that subscriptions wait for, in milliseconds. */
const ENDS_INTERVAL_MS = 500;

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** How often Temporal has each chore done. */
export function choreIntervals({ api }: ServerConfig): ChoreIntervals {
  return {
    [Chore.PruneEvents]: api.event_prune_interval,
    [Chore.PruneAudit]: api.event_prune_interval,
    [Chore.PruneExternalEvents]: HOUR,
    [Chore.PurgeTokens]: HOUR,
    [Chore.ExpireLogs]: HOUR / 12,
    [Chore.ReapContainers]: HOUR / 12,
    [Chore.PruneImages]: DAY,
    [Chore.ExpireObjects]: HOUR / 60,
    [Chore.RemoveBytes]: HOUR / 60,
    [Chore.SweepObjects]: HOUR,
  };
}

/** How long things are kept. */
export function retentionOf({ api, scheduler, object_store: objects }: ServerConfig): Retention {
  return {
    events: api.event_log_retention,
    images: scheduler.image_retention,
    logs: { runs: api.task_execution_log_retention, maxAge: api.task_execution_log_max_age },
    objectRuns: objects.run_object_expiry,
  };
}

/**
 * Makes good, from time to time, what processes that died, or could not reach Temporal, did not tell it. Temporal cannot
 * see to that itself: it may be new and empty.
 */
export function startDispatching(deps: ExternalEventDependencies): { stop(): void } {
  const { logger } = deps;
  remindExtensions(deps).catch((error: unknown) => logger.warn({ err: ensureError(error) }, 'reminding extensions'));
  const stops = [
    regularly('dispatching runs', DISPATCH_INTERVAL_MS, logger, () => dispatchRuns(deps)),
    regularly('dispatching extensions', DISPATCH_INTERVAL_MS, logger, () => dispatchAll(deps)),
    regularly('dispatching ends of runs', ENDS_INTERVAL_MS, logger, () => dispatchRunEnds(deps)),
  ];
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}

async function dispatchAll(deps: ExternalEventDependencies): Promise<void> {
  await dispatchExtensions(deps);
  await dispatchSubscriptions(deps);
  await dispatchEvents(deps);
}

/**
 * Does something at once and then again and again, whatever goes wrong, but never twice at the same time. Returns how to
 * stop that.
 */
function regularly(name: string, intervalMs: number, logger: Logger, work: () => Promise<unknown>): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;
  const run = async () => {
    await work().catch((error: unknown) => logger.warn({ err: ensureError(error) }, name));
    if (!stopped) timer = setTimeout(() => void run(), intervalMs);
  };
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
