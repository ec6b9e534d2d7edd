import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type Action,
  checkPermissions,
  type CompileTarget,
  covers,
  escapeTarget,
  isAdmin,
  type Permission,
} from '../../../core/permissions.ts';

/** Good enough where the patterns are the test's own. */
const compile: CompileTarget = (source) => {
  const pattern = new RegExp(source);
  return (id) => pattern.test(id);
};
const role = (...permissions: [string, string][]): Permission[] =>
  permissions.map(([resources, actions]) => ({
    resources: resources.split(' '),
    actions: actions.split(' ') as Action[],
  }));
/** `needs` is written like `namespaces=dev runs`. */
const may = (roles: readonly Permission[][], needs: string, action: Action = 'read') => {
  const required = needs.split(' ').flatMap((text) => {
    const [name = '', id] = text.split('=');
    return name === '' ? [] : [{ name, ...(id !== undefined && { id }) }];
  });
  return covers(roles, required, action, compile);
};

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

  test('is an administrator by the id of a role alone', () => {
    expect([isAdmin(['user', 'admin']), isAdmin(['bootstrap'])]).toEqual([true, true]);
    expect(isAdmin(['Admin', 'administrator', 'user'])).toBe(false);
  });

  test('without roles may do only what needs nothing', () => {
    expect(may([], 'events')).toBe(false);
    expect(may([], '')).toBe(true);
  });
});

test('a list shows the entries that one role allows where they are', () => {
  const roles = [role(['namespaces:^dev$ pipelines:^a', 'read']), role(['namespaces:^prod$ pipelines', 'read'])];
  expect(may(roles, 'namespaces=dev pipelines')).toBe(true);
  expect(['a1', 'a2', 'b'].filter((id) => may(roles, `namespaces=dev pipelines=${id}`))).toEqual(['a1', 'a2']);
  expect(['dev', 'prod', 'test'].filter((id) => may(roles, `namespaces=${id}`))).toEqual(['dev', 'prod']);
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

/** Whether the first being true makes the second true. */
const implies = (first: boolean, second: boolean): boolean => !first || second;
/** Tries a property with many inputs. */
const failure = <Values>(property: fc.IProperty<Values>) => fc.check(property, { numRuns: 2000 }).counterexample;

test('an escaped text matches itself and nothing around it', () => {
  const property = fc.property(fc.string(), fc.string({ minLength: 1 }), (text, more) => {
    const matches = compile(`^${escapeTarget(text)}$`);
    return matches(text) && !matches(text + more) && !matches(more + text);
  });
  expect(failure(property)).toBeNull();
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
const roles = fc.array(fc.array(permissions), { maxLength: 3 });
const required = fc.record({ name: fc.constantFrom(...NAMES.slice(1)), id: ids }, { requiredKeys: ['name'] });
const needed = fc.array(required, { maxLength: 3 });

describe('adding never takes anything away', () => {
  test('a permission to a role', () => {
    const property = fc.property(roles, permissions, fc.nat(), needed, actions, (before, added, at, needs, action) => {
      const after = before.map((it, index) => (index === at % before.length ? [...it, added] : it));
      return implies(covers(before, needs, action, compile), covers(after, needs, action, compile));
    });
    expect(failure(property)).toBeNull();
  });

  test('a role to a caller', () => {
    const property = fc.property(roles, roles, needed, actions, (before, added, needs, action) =>
      implies(covers(before, needs, action, compile), covers([...added, ...before], needs, action, compile)),
    );
    expect(failure(property)).toBeNull();
  });
});

describe('where more is allowed, less is never refused', () => {
  test('fewer resources', () => {
    const property = fc.property(roles, needed, actions, (given, needs, action) =>
      implies(covers(given, needs, action, compile), covers(given, needs.slice(1), action, compile)),
    );
    expect(failure(property)).toBeNull();
  });

  test('the list in which an entry may be seen', () => {
    const property = fc.property(roles, needed, actions, (given, needs, action) => {
      const general = needs.map(({ name }) => ({ name }));
      return implies(covers(given, needs, action, compile), covers(given, general, action, compile));
    });
    expect(failure(property)).toBeNull();
  });
});
