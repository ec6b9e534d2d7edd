import type { AuditEvent as AuditRow } from '../generated/prisma/client.ts';
import type { AuditEvent } from '../sdk/wire.ts';
import { fromJson, toJson, toMillis, type Database } from './client.ts';

/** What is to be recorded. */
export type NewAuditEvent = Pick<AuditEvent, 'action' | 'actor'> & Partial<Pick<AuditEvent, 'secret'>>;

export async function recordAudit(db: Database, events: readonly NewAuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.auditEvent.createMany({
    data: events.map(({ action, actor, secret }) => ({
      action,
      actor: toJson(actor),
      ...(secret && { secret: toJson(secret) }),
    })),
  });
}

/** Up to `limit` records, newest first; with `before` only those behind the one of that id. */
export async function listAudit(db: Database, limit: number, before?: number): Promise<AuditEvent[]> {
  const rows = await db.auditEvent.findMany({
    ...(before !== undefined && { where: { seq: { lt: BigInt(before) } } }),
    orderBy: { seq: 'desc' },
    take: limit,
  });
  return rows.map(toAuditEvent);
}

/** Deletes up to `limit` records that are older than `before`, and returns how many it deleted. */
export async function deleteAuditBefore(db: Database, before: Date, limit: number): Promise<number> {
  return db.$executeRaw`
    delete from audit_events where seq in
      (select seq from audit_events where occurred < ${before} order by seq limit ${limit})`;
}

function toAuditEvent(row: AuditRow): AuditEvent {
  return {
    id: Number(row.seq),
    occurred: toMillis(row.occurred),
    action: row.action,
    actor: fromJson<AuditEvent['actor']>(row.actor),
    ...(row.secret !== null && { secret: fromJson<NonNullable<AuditEvent['secret']>>(row.secret) }),
  };
}
