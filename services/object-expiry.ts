import { expireRunObjects } from '../store/objects.ts';
import { type BlobDependencies, removeReleasedBytes } from './blob-removals.ts';

/** The objects of so many runs go at once. */
const BATCH = 100;

/**
 * Deletes the objects of complete runs that are older than the newest `keptRuns` of their pipeline: a batch of them.
 * Returns how many runs that were, and whether there may be more.
 */
export async function expireObjects(
  deps: BlobDependencies,
  keptRuns: number,
): Promise<{ done: number; more: boolean }> {
  const done = await expireRunObjects(deps.db, keptRuns, BATCH);
  if (done > 0) await removeReleasedBytes(deps);
  return { done, more: done === BATCH };
}
