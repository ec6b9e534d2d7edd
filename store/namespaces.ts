import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { Namespace as NamespaceRow, PrismaClient } from '../generated/prisma/client.ts';
import type { Namespace } from '../sdk/wire.ts';
import { toMillis, type Database } from './client.ts';
import { isMissingRow, isUniqueViolation } from './errors.ts';
import { recordEvent } from './events.ts';
import { recordUnregistrations } from './subscription-events.ts';

export async function listNamespaces(db: Database): Promise<Namespace[]> {
  const rows = await db.namespace.findMany({ orderBy: [{ created: 'asc' }, { id: 'asc' }] });
  return rows.map(toNamespace);
}

export async function getNamespace(db: Database, id: string): Promise<Namespace> {
  const row = await db.namespace.findUnique({ where: { id } });
  if (!row) throw notFound('namespace', id);
  return toNamespace(row);
}

/** @throws GoferError `conflict` if the id is taken */
export async function createNamespace(
  db: PrismaClient,
  namespace: { id: string; name: string; description: string },
): Promise<Namespace> {
  try {
    return await db.$transaction(async (tx) => {
      const row = await tx.namespace.create({ data: namespace });
      await recordEvent(tx, { created_namespace: { namespace_id: row.id } });
      return toNamespace(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GoferError(ErrorKind.Conflict, `namespace '${namespace.id}' exists already`);
  }
}

/** Creates the namespace if it is missing. */
export async function ensureNamespace(
  db: PrismaClient,
  namespace: { id: string; name: string; description: string },
): Promise<void> {
  if (await db.namespace.findUnique({ where: { id: namespace.id } })) return;
  await createNamespace(db, namespace).catch((error: unknown) => {
    if (!(error instanceof GoferError && error.kind === ErrorKind.Conflict)) throw error;
  });
}

/** Changes what is given; nothing given leaves everything, also `modified`, as it is. */
export async function updateNamespace(
  db: Database,
  id: string,
  changes: { name?: string | null | undefined; description?: string | null | undefined },
): Promise<Namespace> {
  const current = await getNamespace(db, id);
  const name = changes.name ?? current.name;
  const description = changes.description ?? current.description;
  if (name === current.name && description === current.description) return current;
  return toNamespace(await db.namespace.update({ where: { id }, data: { name, description, modified: new Date() } }));
}

/** Deletes the namespace with all records below it. */
export async function deleteNamespace(db: PrismaClient, id: string): Promise<void> {
  try {
    await db.$transaction(async (tx) => {
      await recordUnregistrations(tx, { namespaceId: id });
      await tx.namespace.delete({ where: { id } });
      await recordEvent(tx, { deleted_namespace: { namespace_id: id } });
    });
  } catch (error) {
    if (!isMissingRow(error)) throw error;
    throw notFound('namespace', id);
  }
}

function toNamespace(row: NamespaceRow): Namespace {
  const { id, name, description, created, modified } = row;
  return { id, name, description, created: toMillis(created), modified: toMillis(modified) };
}
