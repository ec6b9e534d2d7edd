import type { ExternalEvent } from '../generated/prisma/client.ts';
import { fromJson, toJson, type Database } from './client.ts';

/** A request from outside for an extension. */
export interface ExternalRequest {
  /** Lower-case names to values. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they came. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A stored request. */
export interface StoredRequest extends ExternalRequest {
  readonly id: string;
  readonly extension: string;
  /** How often it was tried to hand it on. */
  readonly tries: number;
}

/**
 * Stores a request, so that it survives everything from now on. Returns false, and stores nothing, if the sender has sent
 * this delivery before. The extension has to be there.
 */
export async function insertExternalEvent(
  db: Database,
  extension: string,
  request: ExternalRequest,
  delivery: string | undefined,
): Promise<boolean> {
  const { headers, body } = request;
  const { count } = await db.externalEvent.createMany({
    data: [{ extensionId: extension, delivery: delivery ?? null, headers: toJson(headers), body }],
    skipDuplicates: true,
  });
  return count > 0;
}

/** The oldest event that is to be handed on now. */
export async function findDueEvent(db: Database, extension: string, now: Date): Promise<StoredRequest | undefined> {
  const row = await db.externalEvent.findFirst({
    where: { extensionId: extension, due: { lte: now } },
    orderBy: [{ due: 'asc' }, { id: 'asc' }],
  });
  return row ? toRequest(row) : undefined;
}

/** When the next event is to be handed on; nothing if none waits. */
export async function nextDue(db: Database, extension: string): Promise<Date | undefined> {
  const row = await db.externalEvent.findFirst({
    where: { extensionId: extension, due: { not: null } },
    orderBy: { due: 'asc' },
    select: { due: true },
  });
  return row?.due ?? undefined;
}

export async function findExternalEvent(db: Database, id: string): Promise<StoredRequest | undefined> {
  const row = await db.externalEvent.findUnique({ where: { id } });
  return row ? toRequest(row) : undefined;
}

/** Notes that an event is done with: it was taken, or given up because of a problem. */
export async function closeExternalEvent(db: Database, id: string, problem?: string): Promise<void> {
  await db.externalEvent.updateMany({
    where: { id },
    data: { due: null, tries: { increment: 1 }, problem: problem ?? null },
  });
}

/** Puts an event off after a failed try. */
export async function postponeExternalEvent(db: Database, id: string, due: Date, problem: string): Promise<void> {
  await db.externalEvent.updateMany({ where: { id }, data: { due, tries: { increment: 1 }, problem } });
}

/** The extensions that run and have events which wait since before the given time. */
export async function listExtensionsWithEvents(db: Database, dueBefore: Date): Promise<readonly string[]> {
  const rows = await db.extension.findMany({
    where: { status: 'enabled', state: 'running', externalEvents: { some: { due: { lt: dueBefore } } } },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** Deletes up to `limit` events that are done with and came before the given time. Returns how many. */
export async function deleteExternalEventsBefore(db: Database, before: Date, limit: number): Promise<number> {
  return db.$executeRaw`
    delete from external_events where id in (
      select id from external_events where due is null and received < ${before} limit ${limit})`;
}

function toRequest(row: ExternalEvent): StoredRequest {
  return {
    id: row.id,
    extension: row.extensionId,
    headers: fromJson<Record<string, string>>(row.headers),
    body: row.body,
    tries: row.tries,
  };
}
