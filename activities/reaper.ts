import type { Scheduler } from '../backends/scheduler/contract.ts';
import type { ChoreReport } from '../core/chores.ts';
import { runKey } from '../core/ids.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { whichAreLive } from '../store/runs.ts';
import { attemptOf, instanceLabels } from './labels.ts';

/** A container that is younger may belong to a run that is being completed, in milliseconds. */
const GRACE_MS = 120_000;

/** How many containers are removed in one batch. */
const BATCH = 50;

/** Removes containers of tasks whose run is over, or was deleted. Their supervisors are no more. */
export async function reapContainers(deps: {
  readonly db: PrismaClient;
  readonly scheduler: Pick<Scheduler, 'listContainers' | 'removeContainer'>;
  readonly instance: string;
}): Promise<ChoreReport> {
  const { db, scheduler, instance } = deps;
  const old = (await scheduler.listContainers(instanceLabels(instance))).flatMap(({ id, labels, createdAt }) => {
    const attempt = attemptOf(labels);
    return attempt && createdAt < Date.now() - GRACE_MS ? [{ id, attempt }] : [];
  });
  const live = new Set(
    (
      await whichAreLive(
        db,
        old.map(({ attempt }) => attempt),
      )
    ).map(runKey),
  );
  const orphans = old.filter(({ attempt }) => !live.has(runKey(attempt)));
  const batch = orphans.slice(0, BATCH);
  await Promise.all(batch.map(({ id }) => scheduler.removeContainer(id)));
  return { done: batch.length, more: orphans.length > batch.length };
}
