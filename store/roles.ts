import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { PrismaClient, Role as RoleRow } from '../generated/prisma/client.ts';
import type { RoleDefinition } from '../core/permissions.ts';
import type { Permission, Role } from '../sdk/wire.ts';
import { fromJson, toJson, type Database } from './client.ts';
import { isUniqueViolation } from './errors.ts';
import { recordEvent } from './events.ts';

/** In the order of their creation. */
export async function listRoles(db: Database): Promise<Role[]> {
  const rows = await db.role.findMany({ orderBy: [{ created: 'asc' }, { id: 'asc' }] });
  return rows.map(toRole);
}

export async function getRole(db: Database, id: string): Promise<Role> {
  return toRole(await findRole(db, id));
}

/** The permissions of those of the given roles that exist, one list a role. */
export async function permissionsOf(db: Database, ids: readonly string[]): Promise<readonly (readonly Permission[])[]> {
  const rows = await db.role.findMany({ where: { id: { in: [...ids] } }, select: { permissions: true } });
  return rows.map(({ permissions }) => fromJson<Permission[]>(permissions));
}

/** Those of the given roles that exist. */
export async function findRoles(db: Database, ids: readonly string[]): Promise<Role[]> {
  const rows = await db.role.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
  return rows.map(toRole);
}

/** @throws GoferError `conflict` if the id is taken */
export async function createRole(db: PrismaClient, role: RoleDefinition): Promise<Role> {
  try {
    return await db.$transaction(async (tx) => {
      const row = await tx.role.create({
        data: { id: role.id, description: role.description, permissions: toJson(role.permissions) },
      });
      await recordEvent(tx, { created_role: { role_id: role.id } });
      return toRole(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GoferError(ErrorKind.Conflict, `role '${role.id}' exists already`);
  }
}

/**
 * Creates those system roles that are missing, and brings the others to what this version gives them. Returns the ids of
 * those that were missing.
 */
export async function ensureSystemRoles(db: Database, roles: readonly RoleDefinition[]): Promise<readonly string[]> {
  const ids = roles.map(({ id }) => id);
  const rows = await db.role.findMany({ where: { id: { in: ids } }, select: { id: true } });
  const present = new Set(rows.map(({ id }) => id));
  for (const { id, description, permissions } of roles) {
    const content = { description, permissions: toJson(permissions), systemRole: true };
    await db.role.upsert({ where: { id }, create: { id, ...content }, update: content });
  }
  return ids.filter((id) => !present.has(id));
}

/** Changes what is given. */
export async function updateRole(
  db: Database,
  id: string,
  changes: { description?: string | undefined; permissions?: readonly Permission[] | undefined },
): Promise<Role> {
  refuseRoleDefinition(await findRole(db, id));
  const { description, permissions } = changes;
  const data = {
    ...(description !== undefined && { description }),
    ...(permissions !== undefined && { permissions: toJson(permissions) }),
  };
  return toRole(await db.role.update({ where: { id }, data }));
}

export async function deleteRole(db: PrismaClient, id: string): Promise<void> {
  await db.$transaction(async (tx) => {
    refuseRoleDefinition(await findRole(tx, id));
    await tx.role.delete({ where: { id } });
    await recordEvent(tx, { deleted_role: { role_id: id } });
  });
}

/** Deletes the system roles whose ids begin so. */
export async function deleteSystemRoles(db: Database, prefix: string): Promise<void> {
  await db.role.deleteMany({ where: { systemRole: true, id: { startsWith: prefix } } });
}

async function findRole(db: Database, id: string): Promise<RoleRow> {
  const row = await db.role.findUnique({ where: { id } });
  if (!row) throw notFound('role', id);
  return row;
}

function refuseRoleDefinition({ id, systemRole }: RoleRow): void {
  if (systemRole) throw new GoferError(ErrorKind.Protected, `role '${id}' belongs to the system and cannot be changed`);
}

function toRole(row: RoleRow): Role {
  return {
    id: row.id,
    description: row.description,
    permissions: fromJson<Permission[]>(row.permissions),
    system_role: row.systemRole,
  };
}
