import type { Scheduler } from '../backends/scheduler/contract.ts';
import type { ChoreReport } from '../core/chores.ts';
import { runKey } from '../core/ids.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { whichAreLive } from '../store/runs.ts';
import { whichAreKept } from '../store/supervised-tasks.ts';
import { instanceLabels, ofTasks } from './labels.ts';

/** A container that is younger may belong to a run that is being completed, in milliseconds. */
const GRACE_MS = 120_000;

/** How many containers are removed in one batch. */
const BATCH = 50;

/** Removes containers of tasks whose run is over, or was deleted, unless they are kept. Their supervisors are no more. */
export async function reapContainers(deps: {
  readonly db: PrismaClient;
  readonly scheduler: Pick<Scheduler, 'listContainers' | 'removeContainer'>;
  readonly instance: string;
}): Promise<ChoreReport> {
  const { db, scheduler, instance } = deps;
  const all = ofTasks(await scheduler.listContainers(instanceLabels(instance)));
  const old = all.filter(({ createdAt }) => createdAt < Date.now() - GRACE_MS);
  const runs = await whichAreLive(
    db,
    old.map(({ task }) => task),
  );
  const live = new Set(runs.map(runKey));
  const ended = old.filter(({ task }) => !live.has(runKey(task)));
  const kept = await whichAreKept(db, ended);
  const orphans = ended.filter(({ id }) => !kept.has(id));
  const batch = orphans.slice(0, BATCH);
  await Promise.all(batch.map(({ id }) => scheduler.removeContainer(id)));
  return { done: batch.length, more: orphans.length > batch.length };
}
