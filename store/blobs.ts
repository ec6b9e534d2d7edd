import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './client.ts';

/** Every record that names bytes in the object store. */
const RECORDS = Prisma.sql`(
  select blob from objects union all select blob from log_segments where blob is not null
) records`;

interface Row {
  readonly blob: string;
}

/** The bytes that records name and that are in this shard of the object store. */
export async function listRecordedBlobs(db: Database, shard: string): Promise<string[]> {
  return namesOf(await db.$queryRaw<Row[]>`select blob from ${RECORDS} where right(blob::text, 2) = ${shard}`);
}

/** Which of these bytes a record names. */
export async function findRecordedBlobs(db: Database, blobs: readonly string[]): Promise<ReadonlySet<string>> {
  if (blobs.length === 0) return new Set();
  return new Set(
    namesOf(await db.$queryRaw<Row[]>`select blob from ${RECORDS} where blob = any(${[...blobs]}::uuid[])`),
  );
}

/** Puts bytes on the list of what is to be removed. Those that deleted records named are there by themselves. */
export async function addBlobRemovals(db: Database, blobs: readonly string[], due: Date): Promise<void> {
  await db.blobRemoval.createMany({ data: blobs.map((blob) => ({ blob, due })), skipDuplicates: true });
}

/**
 * Takes bytes whose removal is due, those that wait longest first. Until they are off the list they are not due again for
 * `seconds`, so that nobody else takes them meanwhile, and somebody does if their taker dies.
 */
export async function claimBlobRemovals(db: Database, limit: number, seconds: number): Promise<string[]> {
  return namesOf(
    await db.$queryRaw<Row[]>`
      update blob_removals set due = now() + make_interval(secs => ${seconds}) where blob in (
        select blob from blob_removals where due <= now() order by due limit ${limit} for update skip locked
      ) returning blob`,
  );
}

/** Takes bytes that are gone off the list. */
export async function deleteBlobRemovals(db: Database, blobs: readonly string[]): Promise<void> {
  await db.blobRemoval.deleteMany({ where: { blob: { in: [...blobs] } } });
}

function namesOf(rows: readonly Row[]): string[] {
  return rows.map(({ blob }) => blob);
}
