import { ErrorKind, GoferError } from '../core/errors.ts';
import { covers, isAdministrator, requirements, visible, type Action } from '../core/permissions.ts';
import type { Database } from '../store/client.ts';
import { getGrantedRoles } from '../store/roles.ts';
import { compileTarget } from './target-patterns.ts';
import type { Caller } from './tokens.ts';

/** What an operation needs, as the OpenAPI document says it. */
export interface OperationPermission {
  readonly resources: readonly string[];
  readonly action: Action;
  /** Only for administrators. */
  readonly admin: boolean;
}

type Path = Readonly<Record<string, string | number | boolean>>;

/** @throws GoferError `forbidden` if the caller may not do this */
export async function authorise(db: Database, caller: Caller, permission: OperationPermission, path: Path): Promise<void> {
  if (isAdministrator(caller.roles)) return;
  if (permission.admin) throw refusal(caller, 'it is for administrators');
  const required = requirements(permission.resources, path);
  const roles = await getGrantedRoles(db, caller.roles);
  if (covers(roles, required, permission.action, compileTarget)) return;
  const names = required.map(({ name, id }) => (id === '' ? name : `${name} '${id}'`)).join(', ');
  throw refusal(caller, `it takes one role that may ${permission.action} ${names}`);
}

/**
 * A test for which entries of a list a caller may see (D33).
 *
 * @param resources what the list needs; see `visible`
 */
export async function visibleTo(
  db: Database,
  caller: Caller,
  resources: readonly string[],
  path: Path,
): Promise<(entry: string) => boolean> {
  if (isAdministrator(caller.roles)) return () => true;
  const required = requirements(resources, path);
  const roles = await getGrantedRoles(db, caller.roles);
  return (entry) => visible(roles, required, entry, 'read', compileTarget);
}

function refusal(caller: Caller, why: string): GoferError {
  return new GoferError(ErrorKind.Forbidden, `'${caller.user}' may not do this: ${why}`);
}
