import { ErrorKind, GoferError } from '../core/errors.ts';
import { covers, isAdmin, type Action, type RequiredResource } from '../core/permissions.ts';
import type { Database } from '../store/client.ts';
import type { PipelineRef } from '../store/pipelines.ts';
import { permissionsOf } from '../store/roles.ts';
import { compileTarget } from './target-patterns.ts';
import type { Caller } from './tokens.ts';

/** What an operation needs. */
export interface Requirement {
  readonly resources: readonly RequiredResource[];
  readonly action: Action;
  readonly adminOnly: boolean;
}

/** @throws GoferError `forbidden` if the caller may not do this */
export async function authorise(db: Database, caller: Caller, requirement: Requirement): Promise<void> {
  if (isAdmin(caller.roles)) return;
  const { resources, action, adminOnly } = requirement;
  if (adminOnly) throw refusal(caller, 'it is for administrators');
  if (covers(await permissionsOf(db, caller.roles), resources, action, compileTarget)) return;
  const names = resources.map(({ name, id }) => (id === undefined ? name : `${name} '${id}'`)).join(', ');
  throw refusal(caller, `it takes one role that may ${action} ${names}`);
}

/**
 * A test for which entries of a list a caller may see, given their ids (D33).
 *
 * @param name the kind of the entries
 * @param others what reading an entry needs besides
 */
export async function visibleTo(
  db: Database,
  caller: Caller,
  name: string,
  others: readonly RequiredResource[] = [],
): Promise<(id: string) => boolean> {
  if (isAdmin(caller.roles)) return () => true;
  const roles = await permissionsOf(db, caller.roles);
  return (id) => covers(roles, [...others, { name, id }], 'read', compileTarget);
}

/** A test for which pipelines a caller may see something of, for example `runs`, whatever namespace they are in. */
export async function partsVisibleTo(
  db: Database,
  caller: Caller,
  part: string,
): Promise<(ref: PipelineRef) => boolean> {
  if (isAdmin(caller.roles)) return () => true;
  const roles = await permissionsOf(db, caller.roles);
  return ({ namespace, pipeline }) => {
    const resources = [{ name: 'namespaces', id: namespace }, { name: 'pipelines', id: pipeline }, { name: part }];
    return covers(roles, resources, 'read', compileTarget);
  };
}

function refusal(caller: Caller, why: string): GoferError {
  return new GoferError(ErrorKind.Forbidden, `'${caller.user}' may not do this: ${why}`);
}
