import type { EventKind } from '../core/events.ts';
import { notFound } from '../core/errors.ts';
import { Prisma, type Event as EventRow } from '../generated/prisma/client.ts';
import type { Event } from '../sdk/wire.ts';
import { fromJson, isUuid, toMillis, type Database } from './client.ts';

/** An event with its place in the order of all events. */
export interface StoredEvent {
  readonly position: bigint;
  readonly event: Event;
}

/** Writes an event as the last act of a transaction and returns its id. See `record_event` in the migrations. */
export async function recordEvent(tx: Database, kind: EventKind): Promise<string> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`select record_event(${JSON.stringify(kind)}::jsonb) as id`;
  if (!row) throw new Error('record_event returned no row');
  return row.id;
}

/** Writes many events in the given order with one statement. */
export async function recordEvents(tx: Database, kinds: readonly EventKind[]): Promise<void> {
  await tx.$executeRaw`
    select record_event(kind) from jsonb_array_elements(${JSON.stringify(kinds)}::jsonb) with ordinality as e(kind, n)
    order by n`;
}

export async function getEvent(db: Database, id: string): Promise<Event> {
  const row = isUuid(id) ? await db.event.findUnique({ where: { id } }) : null;
  if (!row) throw notFound('event', id);
  return toEvent(row);
}

export async function deleteEvent(db: Database, id: string): Promise<void> {
  const { count } = isUuid(id) ? await db.event.deleteMany({ where: { id } }) : { count: 0 };
  if (count === 0) throw notFound('event', id);
}

/** Deletes up to `limit` events that are older than `before`, and returns how many it deleted. */
export async function deleteEventsBefore(db: Database, before: Date, limit: number): Promise<number> {
  return db.$executeRaw`
    delete from events where seq in (select seq from events where emitted < ${before} order by seq limit ${limit})`;
}

/** Up to `limit` events from a place on, without the one there: ascending behind it, or descending before it. */
export async function listEvents(
  db: Database,
  options: { from?: bigint; reverse: boolean; limit: number },
): Promise<readonly StoredEvent[]> {
  const { from, reverse, limit } = options;
  const place = from === undefined ? Prisma.sql`true` : reverse ? Prisma.sql`seq < ${from}` : Prisma.sql`seq > ${from}`;
  const order = reverse ? Prisma.sql`desc` : Prisma.sql`asc`;
  // Every reader asks this for almost every event, and Prisma's own query takes twice as long.
  const rows = await db.$queryRaw<EventRow[]>`
    select seq, id, kind, emitted from events where ${place} order by seq ${order} limit ${limit}`;
  return rows.map((row) => ({ position: row.seq, event: toEvent(row) }));
}

/** The place of the newest event; 0 if there is none. */
export async function lastEventPosition(db: Database): Promise<bigint> {
  const row = await db.event.findFirst({ orderBy: { seq: 'desc' }, select: { seq: true } });
  return row?.seq ?? 0n;
}

/**
 * The place of the event with this id, to read on from in the given direction. Ids ascend with places, so that an event
 * that was deleted still has one: its neighbour's on the side that was read already.
 */
export async function eventPosition(db: Database, id: string, reverse = false): Promise<bigint | undefined> {
  const row = await db.event.findFirst({
    where: { id: reverse ? { gte: id } : { lte: id } },
    orderBy: { id: reverse ? 'asc' : 'desc' },
    select: { seq: true },
  });
  return row?.seq;
}

function toEvent(row: EventRow): Event {
  return { id: row.id, kind: fromJson<Event['kind']>(row.kind), emitted: toMillis(row.emitted) };
}
