import type { ChoreReport } from '../core/chores.ts';
import type { Database } from '../store/client.ts';
import { deleteEventsBefore } from '../store/events.ts';
import { deleteExpiredTokens } from '../store/tokens.ts';

/** So many rows go at once, so that nobody waits long for a lock. */
const BATCH = 1_000;

/** Deletes a batch of the events that are older than `retentionSeconds`. */
export async function pruneEvents(db: Database, retentionSeconds: number): Promise<ChoreReport> {
  const done = await deleteEventsBefore(db, new Date(Date.now() - retentionSeconds * 1000), BATCH);
  return { done, more: done === BATCH };
}

/** Deletes tokens that have expired. */
export async function purgeTokens(db: Database): Promise<ChoreReport> {
  return { done: await deleteExpiredTokens(db, new Date()), more: false };
}
