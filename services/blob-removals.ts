import type { Logger } from 'pino';
import type { ObjectStore } from '../backends/objects/contract.ts';
import { ensureError } from '../core/errors.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { claimBlobRemovals, deleteBlobRemovals, findRecordedBlobs } from '../store/blobs.ts';

export interface BlobDependencies {
  readonly db: PrismaClient;
  readonly objects: ObjectStore;
  readonly logger: Logger;
}

/** So many are removed at once. */
const BATCH = 100;

/** How long bytes that could not be removed wait for the next attempt, in seconds. */
const PATIENCE = 30;

/**
 * Removes bytes that no record names any more: a batch of those whose removal is due. Whoever deletes records calls it
 * when that is committed; what a crash or a failing store leaves is left for the next call. Returns how many were removed,
 * and whether there may be more.
 */
export async function removeReleasedBytes({
  db,
  objects,
  logger,
}: BlobDependencies): Promise<{ done: number; more: boolean }> {
  const due = await claimBlobRemovals(db, BATCH, PATIENCE);
  if (due.length === 0) return { done: 0, more: false };
  // The sweep may have taken them for rubbish just before their record was written.
  const recorded = await findRecordedBlobs(db, due);
  const gone: string[] = [];
  const remove = async (blob: string) => {
    try {
      if (!recorded.has(blob)) await objects.remove(blob);
      gone.push(blob);
    } catch (error) {
      logger.warn({ err: ensureError(error), blob }, 'bytes not removed');
    }
  };
  await Promise.all(due.map(remove));
  await deleteBlobRemovals(db, gone);
  return { done: gone.length, more: due.length === BATCH };
}
