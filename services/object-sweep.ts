import { SHARDS } from '../backends/objects/contract.ts';
import { addBlobRemovals, findRecordedBlobs, listRecordedBlobs } from '../store/blobs.ts';
import type { BlobDependencies } from './blob-removals.ts';

/**
 * How long bytes without a record are left alone, since their record may be about to be written, in milliseconds. It
 * passes twice: before the sweep takes them for rubbish, and before they are removed if there is no record even then.
 */
const MIN_AGE_MS = 3_600_000;

/** What a sweep found. */
export interface SweepReport {
  /** How many bytes had no record and will be removed. */
  readonly orphans: number;
  /** Bytes that records name but that are not there: somebody or something else has removed them. */
  readonly missing: readonly string[];
}

/** The shards to be swept in one hour of the day, so that in a day all are. */
export function shardsOfHour(hour: number): readonly string[] {
  return SHARDS.filter((_, index) => index % 24 === hour);
}

/** Compares records and bytes of some shards or of all, and removes what unfinished uploads have left. */
export async function sweepObjects(
  deps: BlobDependencies,
  { shards = SHARDS, minAgeMs = MIN_AGE_MS }: { readonly shards?: readonly string[]; readonly minAgeMs?: number } = {},
): Promise<SweepReport> {
  const missing: string[] = [];
  let orphans = 0;
  for (const shard of shards) {
    const report = await sweepShard(deps, shard, minAgeMs);
    orphans += report.orphans;
    missing.push(...report.missing);
  }
  const drafts = await deps.objects.removeDrafts(new Date(Date.now() - minAgeMs));
  deps.logger.info({ orphans, drafts, missing: missing.length }, 'objects swept');
  return { orphans, missing };
}

/** Compares records and bytes of one shard. What uploads and deletions do meanwhile is not mistaken for an error. */
export async function sweepShard(
  { db, objects, logger }: BlobDependencies,
  shard: string,
  minAgeMs: number = MIN_AGE_MS,
): Promise<SweepReport> {
  // Before the bytes: a record is written when its bytes are there, and deleted while they still are.
  const recorded = await listRecordedBlobs(db, shard);
  const now = Date.now();
  const found = new Set<string>();
  const old: string[] = [];
  for await (const { blob, stored } of objects.list(shard)) {
    found.add(blob);
    if (stored.getTime() <= now - minAgeMs) old.push(blob);
  }
  const absent = recorded.filter((blob) => !found.has(blob));
  const known = new Set(recorded);
  const unknown = old.filter((blob) => !known.has(blob));
  const stillRecorded = await findRecordedBlobs(db, [...absent, ...unknown]);

  const orphans = unknown.filter((blob) => !stillRecorded.has(blob));
  if (orphans.length > 0) await addBlobRemovals(db, orphans, new Date(now + minAgeMs));
  const missing = absent.filter((blob) => stillRecorded.has(blob));
  for (const blob of missing) logger.error({ blob }, 'a record names bytes that are not there');
  return { orphans: orphans.length, missing };
}
