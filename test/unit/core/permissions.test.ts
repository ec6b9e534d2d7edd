import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type Action,
  checkPermissions,
  type CompileTarget,
  covers,
  escapeTarget,
  type GrantedRole,
  isAdministrator,
  requirements,
  visible,
} from '../../../core/permissions.ts';

/** Good enough where the patterns are the test's own. */
const compile: CompileTarget = (source) => {
  const pattern = new RegExp(source);
  return (id) => pattern.test(id);
};
const role = (...permissions: [string, string][]): GrantedRole => ({
  id: 'some-role',
  permissions: permissions.map(([resources, actions]) => ({
    resources: resources.split(' '),
    actions: actions.split(' ') as Action[],
  })),
});
const LIST_PIPELINES = requirements(['namespaces', 'pipelines'], { namespace_id: 'dev' });
const may = (roles: readonly GrantedRole[], needs: string, action: Action = 'read') =>
  covers(
    roles,
    needs
      .split(' ')
      .filter(Boolean)
      .map((text) => ({ name: text.split('=')[0] ?? '', id: text.split('=')[1] ?? '' })),
    action,
    compile,
  );

describe('one role covers', () => {
  test.each<[string, [string, string][], string, Action, boolean]>([
    ['everything by all', [['all', 'read']], 'namespaces=dev tokens', 'read', true],
    ['only the actions it has', [['all', 'read']], 'tokens', 'write', false],
    ['the same name without a target', [['namespaces', 'read']], 'namespaces=dev', 'read', true],
    ['the same name with an empty target', [['namespaces:', 'read']], 'namespaces=dev', 'read', true],
    ['the same name in another case', [['NameSpaces:^dev$', 'read']], 'namespaces=dev', 'read', true],
    ['an id that its target matches', [['namespaces:^dev', 'read']], 'namespaces=devops', 'read', true],
    ['an id with its target in the middle', [['namespaces:dev', 'read']], 'namespaces=my-dev-ns', 'read', true],
    ['no id that its target does not match', [['namespaces:^dev$', 'read']], 'namespaces=devops', 'read', false],
    ['no id in another case', [['namespaces:^dev$', 'read']], 'namespaces=Dev', 'read', false],
    ['lists and installs by any target', [['extensions:^cron$', 'write']], 'extensions', 'write', true],
    ['nothing by another name', [['pipelines', 'read']], 'namespaces=dev', 'read', false],
    ['nothing by an unknown name', [['nothing', 'read']], 'namespaces=dev', 'read', false],
    ['nothing by an invalid target', [['namespaces:(', 'read']], 'namespaces=(', 'read', false],
    ['a list even by an invalid target', [['namespaces:(', 'read']], 'namespaces', 'read', true],
    ['whatever stands after the colon of a kind without ids', [['runs:(', 'read']], 'runs', 'read', true],
    ['by a target with a colon', [['namespaces:^(?:dev|test)$', 'read']], 'namespaces=test', 'read', true],
    ['all that is required', [['namespaces pipelines runs', 'read']], 'namespaces=a pipelines=b runs', 'read', true],
    ['not less than all', [['namespaces pipelines', 'read']], 'namespaces=a pipelines=b runs', 'read', false],
    [
      'by several of its permissions',
      [
        ['namespaces pipelines', 'read write'],
        ['runs', 'read'],
      ],
      'namespaces=a pipelines=b runs',
      'read',
      true,
    ],
    [
      'each with the action',
      [
        ['namespaces pipelines', 'read write'],
        ['runs', 'read'],
      ],
      'namespaces=a pipelines=b runs',
      'write',
      false,
    ],
    ['nothing if it is empty', [], 'events', 'read', false],
  ])('%s', (_what, permissions, needs, action, expected) => {
    expect(may([role(...permissions)], needs, action)).toBe(expected);
  });
});

describe('a caller', () => {
  test('needs one single role that covers all', () => {
    const [a, b] = [role(['namespaces', 'read']), role(['pipelines', 'read'])];
    expect(may([a, b], 'namespaces=x pipelines=y')).toBe(false);
    expect(may([a, b], 'namespaces=x')).toBe(true);
  });

  test.each(['admin', 'bootstrap'])('with the role %s may do everything, whatever is written in it', (id) => {
    expect(may([{ id, permissions: [] }], 'tokens', 'delete')).toBe(true);
    expect(isAdministrator(['user', id])).toBe(true);
  });

  test('with a role that only sounds like it may not', () => {
    expect(isAdministrator(['Admin', 'administrator', 'user'])).toBe(false);
    expect(may([{ id: 'ADMIN', permissions: [] }], 'tokens')).toBe(false);
  });

  test('without roles may do only what needs nothing', () => {
    expect(may([], 'events')).toBe(false);
    expect(may([], '')).toBe(true);
  });
});

test('requirements have the ids of the path, where their kind has ids', () => {
  const path = { namespace_id: 'dev', pipeline_id: 'build', extension_id: 'cron', run_id: 7 };
  expect(requirements(['namespaces', 'pipelines', 'runs'], path)).toEqual([
    { name: 'namespaces', id: 'dev' },
    { name: 'pipelines', id: 'build' },
    { name: 'runs', id: '' },
  ]);
  expect(requirements(['extensions'], {})).toEqual([{ name: 'extensions', id: '' }]);
});

test('a list shows the entries that one role allows where they are', () => {
  const roles = [role(['namespaces:^dev$ pipelines:^a', 'read']), role(['namespaces:^prod$ pipelines', 'read'])];
  const seen = ['a1', 'a2', 'b'].filter((id) => visible(roles, LIST_PIPELINES, id, 'read', compile));
  expect(seen).toEqual(['a1', 'a2']);
  expect(covers(roles, LIST_PIPELINES, 'read', compile)).toBe(true);
  const namespaces = requirements(['namespaces'], {});
  expect(['dev', 'prod', 'test'].filter((id) => visible(roles, namespaces, id, 'read', compile))).toEqual([
    'dev',
    'prod',
  ]);
  expect(visible([{ id: 'admin', permissions: [] }], namespaces, 'test', 'read', compile)).toBe(true);
});

test('problems name their place', () => {
  const permissions = [
    { resources: ['all', 'Namespaces:^a$', 'runs:('], actions: ['read' as const] },
    { resources: ['namespace', 'pipelines:(', ''], actions: ['read' as const] },
  ];
  const problems = checkPermissions(permissions, compile);
  expect(problems.map(({ path, value }) => [path, value])).toEqual([
    ['permissions[1].resources[0]', 'namespace'],
    ['permissions[1].resources[1]', 'pipelines:('],
    ['permissions[1].resources[2]', ''],
  ]);
  expect(problems[1]?.message).toContain('regular expression');
});

test('an escaped text matches itself and nothing around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (text, more) => {
      const matches = compile(`^${escapeTarget(text)}$`);
      expect([matches(text), matches(text + more), matches(more + text)]).toEqual([true, false, false]);
    }),
  );
});

const NAMES = ['all', 'namespaces', 'pipelines', 'extensions', 'runs', 'configs', 'tokens'];
const ids = fc.constantFrom('a', 'b', 'ab', 'dev', 'devops');
const actions = fc.constantFrom<Action>('read', 'write', 'delete');
const resources = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('', ':', ':^a', ':b$', ':^dev$', ':(', ':.*'))
  .map(([name, target]) => name + target);
const permissions = fc.record({
  resources: fc.array(resources, { maxLength: 4 }),
  actions: fc.uniqueArray(actions),
});
const roles = fc.array(fc.record({ id: fc.constantFrom('x', 'y', 'user'), permissions: fc.array(permissions) }), {
  maxLength: 3,
});
const needed = fc.array(fc.record({ name: fc.constantFrom(...NAMES.slice(1)), id: fc.oneof(fc.constant(''), ids) }), {
  maxLength: 3,
});

describe('adding never takes anything away', () => {
  test('a permission to a role', () => {
    fc.assert(
      fc.property(roles, permissions, fc.nat(), needed, actions, (before, added, at, required, action) => {
        const after = before.map((it, index) =>
          index === at % before.length ? { ...it, permissions: [...it.permissions, added] } : it,
        );
        if (covers(before, required, action, compile)) expect(covers(after, required, action, compile)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('a role to a caller, and asking for less is never refused', () => {
    fc.assert(
      fc.property(roles, roles, needed, actions, (before, added, required, action) => {
        if (!covers(before, required, action, compile)) return;
        expect(covers([...added, ...before], required, action, compile)).toBe(true);
        expect(covers(before, required.slice(1), action, compile)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('and what one may see of a list, one may use', () => {
    fc.assert(
      fc.property(roles, ids, actions, (given, id, action) => {
        const seen = visible(given, LIST_PIPELINES, id, action, compile);
        if (seen) expect(covers(given, LIST_PIPELINES, action, compile)).toBe(true);
      }),
    );
  });
});
