import type { Database } from '../store/client.ts';
import { deleteEventsBefore } from '../store/events.ts';
import { deleteExpiredTokens } from '../store/tokens.ts';

/** So many rows go at once, so that nobody waits long for a lock. */
const BATCH = 1_000;

/** Deletes events that are older than `retentionSeconds`, in batches, and returns how many they were. */
export async function pruneEvents(db: Database, retentionSeconds: number): Promise<number> {
  const before = new Date(Date.now() - retentionSeconds * 1000);
  let pruned = 0;
  for (;;) {
    const batch = await deleteEventsBefore(db, before, BATCH);
    pruned += batch;
    if (batch < BATCH) return pruned;
  }
}

/** Deletes tokens that have expired, and returns how many they were. */
export async function purgeTokens(db: Database): Promise<number> {
  return deleteExpiredTokens(db, new Date());
}
