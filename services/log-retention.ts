import type { ChoreReport } from '../core/chores.ts';
import type { RunRef } from '../core/ids.ts';
import {
  expireLogs as expireRecords,
  findRunsBeyondRetention,
  markLogsExpired,
  type LogRetention,
} from '../store/log-retention.ts';
import { type BlobDependencies, removeReleasedBytes } from './blob-removals.ts';

export type LogRetentionDependencies = BlobDependencies;

/** So many runs are looked for, and so many tasks expire, at once, so that nobody waits long for a lock. */
const RUNS = 50;
const TASKS = 200;

/** Removes the logs of some of the runs that are beyond what is kept. Repeatable at any point. */
export async function expireLogs(deps: LogRetentionDependencies, retention: LogRetention): Promise<ChoreReport> {
  const runs = await findRunsBeyondRetention(deps.db, retention, RUNS);
  for (const run of runs) await expireRun(deps, run);
  return { done: runs.length, more: runs.length === RUNS };
}

async function expireRun(deps: LogRetentionDependencies, run: RunRef): Promise<void> {
  for (;;) {
    const tasks = await expireRecords(deps.db, run, TASKS);
    await removeReleasedBytes(deps);
    if (tasks < TASKS) break;
  }
  await markLogsExpired(deps.db, run);
}
