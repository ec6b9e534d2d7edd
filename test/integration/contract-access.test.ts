import { describe, expect, test } from 'vitest';
import type { Permission } from '../../core/permissions.ts';
import { eventsOf } from './helpers/events.ts';
import { headersOf } from '../helpers/callers.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { call, expectError } from './helpers/raw-api.ts';

const UNKNOWN = '01930000-0000-7000-8000-000000000000';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface NewToken {
  readonly token_details: { readonly id: string; readonly created: number; readonly expires: number };
  readonly secret: string;
}

async function newToken(more: object = {}): Promise<NewToken> {
  const answer = await call('POST', '/api/tokens', { user: 'sam', roles: ['user'], expires: 0, ...more });
  expect(answer.status).toBe(201);
  return answer.body as unknown as NewToken;
}

const as = (secret: string, method: string, path: string, body?: unknown) =>
  call(method, path, body, headersOf(secret));

describe('tokens', () => {
  test('there is one bootstrap token, for ever', async () => {
    for (const headers of [{ 'gofer-api-version': 'v0' }, headersOf('unknown')]) {
      expectError(await call('POST', '/api/tokens/bootstrap', undefined, headers), 409);
    }
    expectError(await call('POST', '/api/tokens/bootstrap', undefined, {}), 400);
    const { body } = await call('GET', '/api/tokens/whoami');
    expect(body).toEqual({
      token: {
        id: expect.stringMatching(UUID),
        created: expect.any(Number),
        metadata: { bootstrap_token: 'true' },
        expires: 0,
        disabled: false,
        user: 'bootstrap',
        roles: ['bootstrap'],
      },
    });
  });

  test('are created with an expiry in seconds and shown with one in milliseconds', async () => {
    const before = Date.now();
    const { token_details: token, secret } = await newToken({ expires: 3600, metadata: { team: 'blue' } });
    expect(token).toEqual({
      id: expect.stringMatching(UUID),
      created: expect.any(Number),
      metadata: { team: 'blue' },
      expires: expect.any(Number),
      disabled: false,
      user: 'sam',
      roles: ['user'],
    });
    expect(secret).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(token.expires).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(token.expires).toBeLessThanOrEqual(Date.now() + 3_600_000);
    expect((await call('GET', `/api/tokens/${token.id}`)).body).toEqual({ token });
    expect((await as(secret, 'GET', '/api/tokens/whoami')).body).toEqual({ token });
    const list = await call('GET', '/api/tokens');
    expect(list.status).toBe(200);
    expect(list.body['tokens']).toContainEqual(token);
    expect(list.text).not.toContain(secret);
    expect((await newToken()).token_details).toMatchObject({ expires: 0, metadata: {} });
  });

  test('stop working while they are disabled', async () => {
    const { token_details: token, secret } = await newToken();
    const set = (body: object) => call('PATCH', `/api/tokens/${token.id}`, body);
    const work = async () => (await as(secret, 'GET', '/api/namespaces')).status;
    expect(await work()).toBe(200);
    expect(await set({ disabled: true })).toMatchObject({ status: 204, text: '' });
    expectError(await as(secret, 'GET', '/api/namespaces'), 401);
    for (const nothing of [{}, { disabled: null }, { disabled: true }]) expect((await set(nothing)).status).toBe(204);
    expect((await call('GET', `/api/tokens/${token.id}`)).body).toEqual({ token: { ...token, disabled: true } });
    expect((await set({ disabled: false })).status).toBe(204);
    expect(await work()).toBe(200);
  });

  test('stop working when they are deleted', async () => {
    const { token_details: token, secret } = await newToken();
    expect(await call('DELETE', `/api/tokens/${token.id}`)).toMatchObject({ status: 204, text: '' });
    expectError(await as(secret, 'GET', '/api/namespaces'), 401);
    expectError(await call('GET', `/api/tokens/${token.id}`), 404);
    expectError(await call('DELETE', `/api/tokens/${token.id}`), 404);
  });

  test('cannot disable or delete themselves', async () => {
    const { token_details: token, secret } = await newToken({ roles: ['admin'] });
    for (const id of [token.id, token.id.toUpperCase()]) {
      expectError(await as(secret, 'PATCH', `/api/tokens/${id}`, { disabled: true }), 409);
      expectError(await as(secret, 'DELETE', `/api/tokens/${id}`), 409);
    }
    expect((await as(secret, 'GET', '/api/tokens/whoami')).status).toBe(200);
  });

  test.each([
    ['GET', UNKNOWN],
    ['PATCH', UNKNOWN, { disabled: true }],
    ['PATCH', UNKNOWN, {}],
    ['DELETE', UNKNOWN],
    ['GET', 'nonsense'],
    ['PATCH', 'nonsense', { disabled: true }],
    ['DELETE', 'nonsense'],
  ])('%s %s is a 404', async (method, id, body?: object) => {
    expect.hasAssertions();
    expectError(await call(method, `/api/tokens/${id}`, body), 404);
  });

  test.each([
    ['no expiry', { user: 'sam', roles: [] }],
    ['an expiry in the past', { user: 'sam', roles: [], expires: -1 }],
    ['an expiry that no date can hold', { user: 'sam', roles: [], expires: Number.MAX_SAFE_INTEGER }],
    ['no roles', { user: 'sam', expires: 0 }],
    ['roles that are no list', { user: 'sam', roles: 'user', expires: 0 }],
    ['no user', { roles: [], expires: 0 }],
    ['a user with NUL', { user: 'a\0b', roles: [], expires: 0 }],
    ['a role with NUL', { user: 'sam', roles: ['a\0b'], expires: 0 }],
    ['metadata with NUL', { user: 'sam', roles: [], expires: 0, metadata: { a: '\0' } }],
    ['metadata with a number', { user: 'sam', roles: [], expires: 0, metadata: { a: 1 } }],
  ])('a new one with %s is a 400', async (_name, body) => {
    expect.hasAssertions();
    expectError(await call('POST', '/api/tokens', body), 400);
  });

  test('a second one with the role bootstrap is refused, in any letters', async () => {
    expect.hasAssertions();
    for (const role of ['bootstrap', 'BootStrap']) {
      expectError(await call('POST', '/api/tokens', { user: 'sam', roles: ['user', role], expires: 0 }), 401);
    }
  });
});

describe('roles', () => {
  const PERMISSIONS: Permission[] = [
    { resources: ['namespaces:^devops.*', 'pipelines:a:b', 'runs'], actions: ['read', 'write'] },
    { resources: ['all'], actions: ['delete'] },
  ];
  const create = (id: string, permissions: unknown = PERMISSIONS) =>
    call('POST', '/api/roles', { id, description: 'dev namespaces', permissions });

  test('are read as they were written, and written as they were read', async () => {
    const id = uniqueId('role');
    const role = { id, description: 'dev namespaces', permissions: PERMISSIONS, system_role: false };
    const created = await create(id);
    expect(created.status).toBe(201);
    expect(created.body).toEqual({ role });
    const read = await call('GET', `/api/roles/${id}`);
    expect(read.body).toEqual({ role });
    const { permissions } = read.body['role'] as { permissions: Permission[] };
    const changed = await call('PATCH', `/api/roles/${id}`, { description: 'other', permissions });
    expect(changed).toMatchObject({ status: 200, body: { role: { ...role, description: 'other' } } });
    for (const nothing of [{}, { description: null, permissions: null }]) {
      expect((await call('PATCH', `/api/roles/${id}`, nothing)).body).toEqual(changed.body);
    }
    const { roles } = (await call('GET', '/api/roles')).body;
    expect(roles).toContainEqual({ ...role, description: 'other' });
    expect(await eventsOf({ created_role: { role_id: id } })).toHaveLength(1);

    expectError(await create(id), 409);
    expect(await call('DELETE', `/api/roles/${id}`)).toMatchObject({ status: 204, text: '' });
    expectError(await call('GET', `/api/roles/${id}`), 404);
    expect(await eventsOf({ deleted_role: { role_id: id } })).toHaveLength(1);
  });

  test.each([
    ['an expression that is none', ['namespaces:(']],
    ['an expression with look-around', ['pipelines:(?!x)']],
    ['an expression with a back-reference', [String.raw`extensions:(a)\1`]],
    ['an unknown kind of resource', ['cakes']],
    ['an empty kind of resource', [':^a$']],
    ['a resource with NUL', ['namespaces:\0']],
  ])('%s is a 400 and changes nothing', async (_name, resources) => {
    const permissions = [{ resources, actions: ['read'] }];
    const id = uniqueId('role');
    expectError(await create(id, permissions), 400);
    expectError(await call('GET', `/api/roles/${id}`), 404);
    expect((await create(id)).status).toBe(201);
    expectError(await call('PATCH', `/api/roles/${id}`, { description: 'x', permissions }), 400);
    const { body } = await call('GET', `/api/roles/${id}`);
    expect(body['role']).toMatchObject({ description: 'dev namespaces', permissions: PERMISSIONS });
  });

  test.each([
    ['an id that is none', 'no_underscores', PERMISSIONS],
    ['an unknown action', 'good-id', [{ resources: ['runs'], actions: ['eat'] }]],
    ['permissions that are no list', 'good-id', {}],
    ['resources that are no list', 'good-id', [{ resources: 'runs', actions: ['read'] }]],
  ])('%s is a 400', async (_name, id, permissions) => {
    expect.hasAssertions();
    expectError(await create(id, permissions), 400);
  });

  test.each(['bootstrap', 'admin', 'user', 'anonymous'])('%s belongs to the system', async (id) => {
    const { body } = await call('GET', `/api/roles/${id}`);
    expect(body['role']).toMatchObject({ id, system_role: true });
    expectError(await call('PATCH', `/api/roles/${id}`, { description: 'x' }), 403);
    expectError(await call('DELETE', `/api/roles/${id}`), 403);
    expect((await call('GET', `/api/roles/${id}`)).body).toEqual(body);
  });

  test('that are missing are a 404', async () => {
    expect.hasAssertions();
    expectError(await call('GET', '/api/roles/ghost'), 404);
    expectError(await call('PATCH', '/api/roles/ghost', { description: 'x' }), 404);
    expectError(await call('PATCH', '/api/roles/ghost', {}), 404);
    expectError(await call('DELETE', '/api/roles/ghost'), 404);
  });

  test('that are deleted allow nothing any more', async () => {
    const id = uniqueId('role');
    await create(id, [{ resources: ['permissions'], actions: ['read'] }]);
    const { secret } = await newToken({ roles: [id] });
    expect((await as(secret, 'GET', '/api/roles')).status).toBe(200);
    await call('DELETE', `/api/roles/${id}`);
    expectError(await as(secret, 'GET', '/api/roles'), 401);
  });
});
