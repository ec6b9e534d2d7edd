import { ensureError, type Problem } from './errors.ts';

/** What permissions can be about, by the names of the wire (contract, api-behaviour §2.3). */
export const RESOURCES = [
  'all',
  'configs',
  'deployments',
  'events',
  'extensions',
  'namespaces',
  'objects',
  'permissions',
  'pipelines',
  'runs',
  'secrets',
  'subscriptions',
  'system',
  'task_executions',
  'tokens',
] as const;
type ResourceName = (typeof RESOURCES)[number];
export const ACTIONS = ['read', 'write', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** The resources that a target may narrow down to some ids. */
const WITH_TARGET: readonly string[] = ['extensions', 'namespaces', 'pipelines'] satisfies ResourceName[];

/**
 * Allows all its actions with all its resources: names, with a regular expression for ids after a colon where there are
 * ids (`namespaces:^dev-`). Not readonly, so that it is the wire's type as well.
 */
export interface Permission {
  resources: string[];
  actions: Action[];
}

/** A role to store. */
export interface RoleDefinition {
  readonly id: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
}

/** What an operation needs: a kind of resource, and the id of the one it is about if it is about a particular one. */
export interface RequiredResource {
  readonly name: string;
  readonly id?: string;
}

/**
 * Turns a target into a test for ids. The expression is in RE2's dialect and not anchored; the test takes linear time.
 * @throws Error that says what is wrong with the expression
 */
export type CompileTarget = (source: string) => (id: string) => boolean;

/** The roles that may do everything, whatever is written in them. */
const ADMINISTRATORS: readonly string[] = ['admin', 'bootstrap'];

/** Whether a caller with these role ids is an administrator, who may do everything (contract, api-behaviour §2.4). */
export function isAdmin(roleIds: readonly string[]): boolean {
  return roleIds.some((id) => ADMINISTRATORS.includes(id));
}

/**
 * Whether a caller who is no administrator may do something: if one single role covers everything required, each by any of
 * its permissions (contract, api-behaviour §2.4). What a list shows follows from the same question about its entries.
 *
 * @param roles the permissions of each role of the caller
 */
export function covers(
  roles: readonly (readonly Permission[])[],
  required: readonly RequiredResource[],
  action: Action,
  compile: CompileTarget,
): boolean {
  if (required.length === 0) return true;
  return roles.some((permissions) => {
    const granted = permissions.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);
    return required.every((resource) => granted.some((text) => grants(text, resource, compile)));
  });
}

/** Everything that is wrong with the permissions of a role: names that do not exist, targets that are no expressions. */
export function checkPermissions(
  permissions: readonly Permission[],
  compile: CompileTarget,
  at = 'permissions',
): readonly Problem[] {
  return permissions.flatMap(({ resources }, index) =>
    resources.flatMap((text, place) => {
      const message = resourceProblem(text, compile);
      return message === undefined ? [] : [{ path: `${at}[${index}].resources[${place}]`, value: text, message }];
    }),
  );
}

/** A regular expression for exactly this text. */
export function exactly(id: string): string {
  return `^${escapeTarget(id)}$`;
}

/** A regular expression for this text as a part of another one. */
export function escapeTarget(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function resourceProblem(text: string, compile: CompileTarget): string | undefined {
  const { name, target } = parseResource(text);
  if (!isResourceName(name)) return `must begin with one of ${RESOURCES.join(', ')}`;
  if (!hasTarget(name) || target === '') return undefined;
  try {
    compile(target);
    return undefined;
  } catch (error) {
    return `has no valid regular expression after its colon (${ensureError(error).message})`;
  }
}

/** Splits at the first colon only, since expressions may have colons of their own. Names may be in any case. */
function parseResource(text: string): { readonly name: string; readonly target: string } {
  const colon = text.indexOf(':');
  return colon < 0
    ? { name: text.toLowerCase(), target: '' }
    : { name: text.slice(0, colon).toLowerCase(), target: text.slice(colon + 1) };
}

function grants(text: string, required: RequiredResource, compile: CompileTarget): boolean {
  const { name, target } = parseResource(text);
  if (name === 'all') return true;
  if (name !== required.name) return false;
  if (!hasTarget(name) || target === '' || required.id === undefined) return true;
  try {
    return compile(target)(required.id);
  } catch {
    // Nobody can store such a target any more; one that is there all the same allows nothing.
    return false;
  }
}

function hasTarget(name: string): boolean {
  return WITH_TARGET.includes(name);
}

function isResourceName(name: string): name is ResourceName {
  return (RESOURCES as readonly string[]).includes(name);
}
