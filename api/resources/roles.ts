import type { PrismaClient } from '../../generated/prisma/client.ts';
import { createRole, updateRole } from '../../services/roles.ts';
import { deleteRole, getRole, listRoles } from '../../store/roles.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers } from '../handlers.ts';

export function roleHandlers({ db }: { readonly db: PrismaClient }) {
  return {
    list_roles: async () => ({ status: 200, body: { roles: await listRoles(db) } }),
    get_role: async ({ path }) => ({ status: 200, body: { role: await getRole(db, path.role_id) } }),
    create_role: async ({ body }) => {
      requireStorable(body);
      return { status: 201, body: { role: await createRole(db, body) } };
    },
    update_role: async ({ path, body }) => {
      requireStorable(body);
      return { status: 200, body: { role: await updateRole(db, path.role_id, body) } };
    },
    delete_role: async ({ path }) => {
      await deleteRole(db, path.role_id);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}
