import { beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../api/document.ts';
import type { Permission } from '../../core/permissions.ts';
import { callerWith, headersOf, tokenWith } from '../helpers/callers.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { OPERATIONS, type Outcome, perform } from '../helpers/operations.ts';
import { call, createNamespace, HEADERS, NAMESPACE, place, registered } from './helpers/raw-api.ts';

/** What no test has made: whoever is let through finds nothing. */
const IDS = {
  namespace_id: uniqueId('nowhere'),
  pipeline_id: uniqueId('nothing'),
  extension_id: uniqueId('nobody'),
  run_id: '1',
  version: '1',
  deployment_id: '1',
};
const OF_ID: Readonly<Record<string, string>> = {
  namespaces: IDS.namespace_id,
  pipelines: IDS.pipeline_id,
  extensions: IDS.extension_id,
};
const ACTIONS: Permission['actions'] = ['read', 'write', 'delete'];
const EVERYTHING: Permission = { resources: ['all'], actions: ACTIONS };

const named = (operations: readonly Route[]) => operations.map((route) => [route.operationId, route] as const);
const authenticated = OPERATIONS.filter((route) => route.authenticated);
const anonymous = authenticated.filter(({ permission }) => permission.anonymous);
const strict = authenticated.filter(({ permission }) => !permission.anonymous);
const restricted = authenticated.filter(({ permission: { admin, resources } }) => !admin && resources.length > 0);
const adminOnly = authenticated.filter(({ permission }) => permission.admin);

/** The resources an operation needs, each with a target for exactly the id in its path. */
function exactTargets({ path, permission: { resources } }: Route): string[] {
  return resources.map((name) =>
    name in OF_ID && path.includes(`{${name.slice(0, -1)}_id}`) ? `${name}:^${OF_ID[name]}$` : name,
  );
}

/** Roles that are one thing short of what an operation needs: an action, a resource, an id, or being one. */
function insufficient(route: Route): (readonly Permission[])[][] {
  const resources = exactTargets(route);
  const others = ACTIONS.filter((action) => action !== route.permission.action);
  const short = resources.flatMap((missing) => {
    const rest = resources.filter((resource) => resource !== missing);
    const most: Permission = { resources: rest, actions: ACTIONS };
    const elsewhere = missing.includes(':') ? [missing.replace(/:.*/, ':^elsewhere$')] : [];
    return [
      [[most]],
      [[most, { resources: [missing], actions: others }]],
      ...(rest.length > 0 ? [[[most], [{ resources: [missing], actions: ACTIONS }]]] : []),
      ...elsewhere.map((other) => [[{ resources: [...rest, other], actions: ACTIONS }]]),
    ];
  });
  return [[[{ resources, actions: others }]], ...short];
}

const send = async (route: Route, ...roles: readonly (readonly Permission[])[]) =>
  perform(route, IDS, `Bearer ${await callerWith(...roles)}`);

function expectLetThrough({ status, text }: Outcome): void {
  expect([401, 500]).not.toContain(status);
  expect(text).not.toMatch(/Authorization/);
}

test('the document has all operations, of every kind', () => {
  expect(OPERATIONS.length).toBeGreaterThan(77);
  expect(anonymous.map(({ operationId }) => operationId).sort()).toEqual([
    'get_pipeline',
    'get_run',
    'list_pipelines',
    'list_runs',
  ]);
  const open = OPERATIONS.filter((route) => !route.authenticated).map(({ operationId }) => operationId);
  expect(open.sort()).toEqual(['create_bootstrap_token', 'delete_console_session', 'get_system_metadata']);
});

describe('without a token', () => {
  test.each(named(strict))('%s is a 400', async (_name, route) => {
    const { status, text } = await perform(route, IDS);
    expect(status).toBe(400);
    expect(text).toContain('Authorization');
  });

  test.each(named(anonymous))('%s works in the namespace default only', async (_name, route) => {
    for (const authorization of [undefined, 'Bearer unknown', 'nonsense']) {
      expect((await perform(route, IDS, authorization)).status).toBe(401);
      expectLetThrough(await perform(route, { ...IDS, namespace_id: 'default' }, authorization));
    }
  });

  test.each(named(OPERATIONS.filter((route) => !route.authenticated)))('%s works', async (_name, route) => {
    expect.hasAssertions();
    expectLetThrough(await perform(route, IDS));
    expectLetThrough(await perform(route, IDS, 'Bearer unknown'));
  });
});

test.each(named(strict))('an unknown token may not %s', async (_name, route) => {
  expect((await perform(route, IDS, 'Bearer unknown')).status).toBe(401);
});

describe('one role that has all it takes', () => {
  test.each(named(restricted))('may %s', async (_name, route) => {
    expect.hasAssertions();
    const { action } = route.permission;
    expectLetThrough(await send(route, [{ resources: exactTargets(route), actions: [action] }]));
    const apart = exactTargets(route).map((resource): Permission => ({ resources: [resource], actions: [action] }));
    expectLetThrough(await send(route, apart));
    expectLetThrough(await send(route, [EVERYTHING]));
  });
});

describe('a role that lacks one thing', () => {
  test.each(named(restricted))('may not %s', async (_name, route) => {
    for (const roles of insufficient(route)) {
      expect(await send(route, ...roles), JSON.stringify(roles)).toMatchObject({ status: 401 });
    }
  });
});

describe('what is for administrators', () => {
  test.each(named(adminOnly))('%s takes the role admin, not all other permissions', async (_name, route) => {
    expect((await send(route, [EVERYTHING])).status).toBe(401);
    expectLetThrough(await perform(route, IDS, `Bearer ${await tokenWith(['admin'])}`));
  });
});

test('a token without roles may only ask who it is', async () => {
  const secret = await tokenWith([]);
  const answer = await call('GET', '/api/tokens/whoami', undefined, headersOf(secret));
  expect(answer).toMatchObject({ status: 200, body: { token: { user: 'tester', roles: [] } } });
  for (const route of restricted) expect((await perform(route, IDS, `Bearer ${secret}`)).status).toBe(401);
});

describe('lists show only what the caller may read', () => {
  beforeAll(createNamespace);
  const list = async (path: string, secret: string) => (await call('GET', path, undefined, headersOf(secret))).body;

  test('of the namespaces', async () => {
    const secret = await callerWith([{ resources: [`namespaces:^${NAMESPACE}$`], actions: ['read'] }]);
    expect(await list('/api/namespaces', secret)).toMatchObject({ namespaces: [{ id: NAMESPACE }] });
    const writer = await callerWith([
      { resources: [`namespaces:^${NAMESPACE}$`], actions: ['read'] },
      { resources: ['namespaces'], actions: ['write'] },
    ]);
    expect((await list('/api/namespaces', writer))['namespaces']).toHaveLength(1);
  });

  test('of the pipelines, by roles that cover the namespace as well', async () => {
    const [one, two] = [await registered(), await registered()];
    const path = place(one).replace(`/${one}`, '');
    const reader = (namespace: string, pipeline: string): Permission[] => [
      { resources: [`namespaces:^${namespace}$`, `pipelines:^${pipeline}$`], actions: ['read'] },
    ];
    const ids = async (...roles: Permission[][]) => {
      const { pipelines } = await list(path, await callerWith(...roles));
      return (pipelines as { pipeline_id: string }[]).map(({ pipeline_id: id }) => id);
    };
    expect(await ids(reader(NAMESPACE, one))).toEqual([one]);
    expect(await ids(reader(NAMESPACE, one), reader(NAMESPACE, two))).toEqual([one, two].sort());
    expect(await ids(reader(NAMESPACE, one), reader('default', two))).toEqual([one]);
  });

  test('of the extensions', async () => {
    const [one, two] = [uniqueId('ext'), uniqueId('ext')];
    for (const id of [one, two]) {
      expect((await call('POST', '/api/extensions', { id, image: 'none', settings: {} }, HEADERS)).status).toBe(201);
    }
    const secret = await callerWith([{ resources: [`extensions:^${one}$`], actions: ['read'] }]);
    expect(await list('/api/extensions', secret)).toMatchObject({
      extensions: [{ registration: { extension_id: one } }],
    });
    for (const id of [one, two]) await call('DELETE', `/api/extensions/${id}`);
  });
});
