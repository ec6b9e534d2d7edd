import { invalid, type Problem } from '../core/errors.ts';
import { IDENTIFIER_RULE, isIdentifier } from '../core/ids.ts';
import { checkPermissions } from '../core/permissions.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { CreateRoleRequest, Role, UpdateRoleRequest } from '../sdk/wire.ts';
import type { Database } from '../store/client.ts';
import { createRole as insertRole, updateRole as changeRole } from '../store/roles.ts';
import { compileTarget } from './target-patterns.ts';

/** @throws GoferError `invalid` with everything that is wrong, `conflict` for a taken id */
export async function createRole(db: PrismaClient, request: CreateRoleRequest): Promise<Role> {
  const problems: Problem[] = [...checkPermissions(request.permissions, compileTarget)];
  if (!isIdentifier(request.id))
    problems.push({ path: 'id', value: request.id, message: `must be ${IDENTIFIER_RULE}` });
  if (problems.length > 0) throw invalid('the role is not valid', problems);
  return insertRole(db, request);
}

/** Changes what is given. Nothing is stored unless all of it is valid. */
export async function updateRole(db: Database, id: string, request: UpdateRoleRequest): Promise<Role> {
  const problems = checkPermissions(request.permissions ?? [], compileTarget);
  if (problems.length > 0) throw invalid('the role is not valid', problems);
  return changeRole(db, id, {
    description: request.description ?? undefined,
    permissions: request.permissions ?? undefined,
  });
}
