import { ensureError, type Problem } from './errors.ts';

/** What permissions can be about, by the names of the wire (contract, api-behaviour §2.3). */
const RESOURCES = [
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
export type ResourceName = (typeof RESOURCES)[number];
export type Action = 'read' | 'write' | 'delete';

/** The resources that a target may narrow down, with the path parameter that has the id it is compared with. */
const ID_PARAMETER: Readonly<Partial<Record<ResourceName, string>>> = {
  extensions: 'extension_id',
  namespaces: 'namespace_id',
  pipelines: 'pipeline_id',
};

/**
 * Allows all its actions with all its resources: names, with a regular expression for ids after a colon where there are
 * ids (`namespaces:^dev-`). Not readonly, so that it is the wire's type as well.
 */
export interface Permission {
  resources: string[];
  actions: Action[];
}

/** As much of a role as decides what it allows. */
export interface GrantedRole {
  readonly id: string;
  readonly permissions: readonly Permission[];
}

/** What an operation needs: a kind of resource and the id of the one it is about, '' if it is about no particular one. */
export interface RequiredResource {
  readonly name: string;
  readonly id: string;
}

/**
 * Turns a target into a test for ids. The expression is in RE2's dialect and not anchored; the test takes linear time.
 * @throws Error that says what is wrong with the expression
 */
export type CompileTarget = (source: string) => (id: string) => boolean;

/** The roles that may do everything, whatever is written in them. */
const ADMINISTRATORS: readonly string[] = ['admin', 'bootstrap'];

export function isAdministrator(roleIds: readonly string[]): boolean {
  return roleIds.some((id) => ADMINISTRATORS.includes(id));
}

/** The requirements of an operation from the names of its resources and the parameters of its path. */
export function requirements(
  names: readonly string[],
  path: Readonly<Record<string, string | number | boolean>>,
): readonly RequiredResource[] {
  return names.map((name) => {
    const parameter = isResourceName(name) ? ID_PARAMETER[name] : undefined;
    return { name, id: parameter === undefined ? '' : String(path[parameter] ?? '') };
  });
}

/**
 * Whether a caller with these roles may do something (contract, api-behaviour §2.4): administrators always; anybody else
 * if one single role of theirs covers everything required, each by any of its permissions.
 */
export function covers(
  roles: readonly GrantedRole[],
  required: readonly RequiredResource[],
  action: Action,
  compile: CompileTarget,
): boolean {
  if (required.length === 0 || isAdministrator(roles.map(({ id }) => id))) return true;
  return roles.some(({ permissions }) => {
    const granted = permissions.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);
    return required.every((resource) => granted.some((text) => grants(text, resource, compile)));
  });
}

/**
 * Whether a caller who may use a list may see one of its entries. `required` is what the list needs; its one resource
 * that could have an id and has none is the kind of the entries, for example pipelines in the list of those of a namespace.
 */
export function visible(
  roles: readonly GrantedRole[],
  required: readonly RequiredResource[],
  entry: string,
  action: Action,
  compile: CompileTarget,
): boolean {
  const ofEntry = required.map((resource) =>
    resource.id === '' && hasTarget(resource.name) ? { ...resource, id: entry } : resource,
  );
  return covers(roles, ofEntry, action, compile);
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
  if (!hasTarget(name) || target === '' || required.id === '') return true;
  try {
    return compile(target)(required.id);
  } catch {
    // Nobody can store such a target any more; one that is there all the same allows nothing.
    return false;
  }
}

function hasTarget(name: string): boolean {
  return isResourceName(name) && name in ID_PARAMETER;
}

function isResourceName(name: string): name is ResourceName {
  return (RESOURCES as readonly string[]).includes(name);
}
