import { describe, expect, test } from 'vitest';

import {
  type Action,
  checkPermissions,
  type CompileTarget,
  covers,
  type RoleDefinition,
} from '../../../core/permissions.ts';
import { extensionRoles, runTokenRole, SYSTEM_ROLES } from '../../../core/system-roles.ts';

const compile: CompileTarget = (source) => {
  const pattern = new RegExp(source);
  return (id) => pattern.test(id);
};
const RUNS = ['namespaces', 'pipelines', 'runs'];
const OBJECTS = ['namespaces', 'pipelines', 'objects'];
const TASKS = [...RUNS, 'task_executions'];

const of = (id: string) => SYSTEM_ROLES.filter((role) => role.id === id);
const pipeline = (namespace: string, name: string) => ({ namespaces: namespace, pipelines: name });
function may(
  roles: readonly RoleDefinition[],
  names: readonly string[],
  ids: Readonly<Record<string, string>>,
  action: Action,
): boolean {
  const required = names.map((name) => ({ name, ...(ids[name] !== undefined && { id: ids[name] }) }));
  const permissions = roles.map((role) => role.permissions);
  return covers(permissions, required, action, compile);
}

test('all of them are valid', () => {
  const roles = [...SYSTEM_ROLES, runTokenRole('dev', 'build'), ...extensionRoles('my.ext')];
  expect(roles.flatMap(({ permissions }) => checkPermissions(permissions, compile))).toEqual([]);
  expect(SYSTEM_ROLES.map(({ id }) => id)).toEqual(['bootstrap', 'admin', 'user', 'anonymous']);
});

describe('a user', () => {
  test('works with the namespace default, tasks included', () => {
    for (const action of ['read', 'write', 'delete'] as const) {
      expect(may(of('user'), TASKS, pipeline('default', 'any'), action)).toBe(true);
      expect(may(of('user'), RUNS, pipeline('default2', 'any'), action)).toBe(false);
    }
    expect(may(of('user'), ['events'], {}, 'read')).toBe(true);
    for (const name of ['tokens', 'permissions', 'system', 'extensions']) {
      expect(may(of('user'), [name], {}, 'read')).toBe(false);
    }
  });
});

describe('anybody', () => {
  test('sees the pipelines and runs of the namespace default', () => {
    expect(may(of('anonymous'), RUNS, pipeline('default', 'any'), 'read')).toBe(true);
    expect(may(of('anonymous'), RUNS, pipeline('default', 'any'), 'write')).toBe(false);
    expect(may(of('anonymous'), TASKS, pipeline('default', 'any'), 'read')).toBe(false);
    expect(may(of('anonymous'), RUNS, pipeline('dev', 'any'), 'read')).toBe(false);
  });
});

describe('the token of a run', () => {
  const roles = [runTokenRole('dev', 'build')];
  test('works with its own pipeline only', () => {
    for (const names of [RUNS, OBJECTS]) {
      expect(may(roles, names, pipeline('dev', 'build'), 'write')).toBe(true);
      expect(may(roles, names, pipeline('devops', 'build'), 'write')).toBe(false);
      expect(may(roles, names, pipeline('dev', 'rebuild'), 'write')).toBe(false);
      expect(may(roles, names, pipeline('default', 'build'), 'write')).toBe(false);
      expect(may(roles, names, pipeline('dev', 'build'), 'delete')).toBe(false);
    }
    expect(may(roles, ['namespaces', 'pipelines', 'secrets'], pipeline('dev', 'build'), 'read')).toBe(false);
  });

  test('looks around in its namespace and in default', () => {
    expect(may(roles, OBJECTS, pipeline('dev', 'other'), 'read')).toBe(true);
    expect(may(roles, OBJECTS, pipeline('default', 'other'), 'read')).toBe(true);
    expect(may(roles, OBJECTS, pipeline('devops', 'other'), 'read')).toBe(false);
    expect(may(roles, OBJECTS, pipeline('xdefault', 'other'), 'read')).toBe(false);
  });

  test('has a role of its own for every pipeline', () => {
    expect(roles[0]?.id).toMatch(/^inject_api_token_/);
    expect(runTokenRole('a-b', 'c').id).not.toBe(runTokenRole('a', 'b-c').id);
  });
});

describe('the token of an extension', () => {
  const roles = extensionRoles('my.ext');
  const own = { extensions: 'my.ext' };
  test('uses its own objects and nobody else’s', () => {
    for (const action of ['read', 'write', 'delete'] as const) {
      expect(may(roles, ['extensions', 'objects'], own, action)).toBe(true);
      expect(may(roles, ['extensions', 'objects'], { extensions: 'myXext' }, action)).toBe(false);
      expect(may(roles, OBJECTS, pipeline('default', 'any'), action)).toBe(false);
      expect(may(roles, [...RUNS, 'objects'], pipeline('default', 'any'), action)).toBe(false);
    }
  });

  test('starts and sees runs everywhere, and sees itself', () => {
    expect(may(roles, RUNS, pipeline('dev', 'any'), 'write')).toBe(true);
    expect(may(roles, TASKS, pipeline('dev', 'any'), 'read')).toBe(true);
    expect(may(roles, TASKS, pipeline('dev', 'any'), 'write')).toBe(false);
    expect(may(roles, ['extensions'], own, 'read')).toBe(true);
    expect(may(roles, ['extensions'], { extensions: 'my.ext2' }, 'read')).toBe(false);
  });
});
