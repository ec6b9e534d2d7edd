import type { Scheduler } from '../backends/scheduler/contract.ts';
import { Chore, type ChoreReport } from '../core/chores.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { pruneAudit } from '../services/audit.ts';
import { removeReleasedBytes } from '../services/blob-removals.ts';
import { pruneExternalEvents } from '../services/external-events.ts';
import { pruneEvents, purgeTokens } from '../services/housekeeping.ts';
import { expireLogs, type LogRetentionDependencies } from '../services/log-retention.ts';
import type { LogRetention } from '../store/log-retention.ts';
import { expireObjects } from '../services/object-expiry.ts';
import { shardsOfHour, sweepObjects } from '../services/object-sweep.ts';
import type { MaintenanceActivities } from './contract.ts';
import { reapContainers } from './reaper.ts';

export interface MaintenanceDependencies extends LogRetentionDependencies {
  readonly db: PrismaClient;
  readonly scheduler: Scheduler;
  /** See `getInstance`. */
  readonly instance: string;
  readonly retention: Retention;
}

/** How long things are kept, in seconds where nothing else is said. */
export interface Retention {
  /** Audit records as well. */
  readonly events: number;
  /** Since they were last used; 0 for ever. */
  readonly images: number;
  readonly logs: LogRetention;
  /** How many runs of a pipeline keep their objects. */
  readonly objectRuns: number;
}

/** The activity that does chores. */
export function createMaintenanceActivities(deps: MaintenanceDependencies): MaintenanceActivities {
  const { db, scheduler, retention } = deps;
  const work: Readonly<Record<Chore, () => Promise<ChoreReport>>> = {
    [Chore.PruneEvents]: () => pruneEvents(db, retention.events),
    [Chore.PruneAudit]: () => pruneAudit(db, retention.events),
    [Chore.PruneExternalEvents]: () => pruneExternalEvents(deps),
    [Chore.PurgeTokens]: () => purgeTokens(db),
    [Chore.ExpireLogs]: () => expireLogs(deps, retention.logs),
    [Chore.ReapContainers]: () => reapContainers(deps),
    [Chore.PruneImages]: async () => {
      if (retention.images === 0) return { done: 0, more: false };
      const { removed } = await scheduler.pruneImages(retention.images * 1000);
      return { done: removed.length, more: false };
    },
    [Chore.ExpireObjects]: () => expireObjects(deps, retention.objectRuns),
    [Chore.RemoveBytes]: () => removeReleasedBytes(deps),
    [Chore.SweepObjects]: async () => {
      const { orphans } = await sweepObjects(deps, { shards: shardsOfHour(new Date().getUTCHours()) });
      return { done: orphans, more: false };
    },
  };
  return { doChore: (chore) => work[chore]() };
}
