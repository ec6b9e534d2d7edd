import { expect } from 'vitest';
import type { Permission } from '../../core/permissions.ts';
import { call, HEADERS } from '../integration/helpers/raw-api.ts';
import { uniqueId } from './gofer.ts';

const ROLES = '/api/roles';
const known = new Map<string, Promise<string>>();

/** The secret of a new token with these roles. */
export async function tokenWith(roles: readonly string[], expires = 0): Promise<string> {
  const answer = await call('POST', '/api/tokens', { user: 'tester', roles, expires });
  expect(answer.status).toBe(201);
  return String(answer.body['secret']);
}

/** Creates a role and returns its id. */
async function roleWith(...permissions: readonly Permission[]): Promise<string> {
  const id = uniqueId('role');
  const answer = await call('POST', ROLES, { id, description: 'for tests', permissions });
  expect(answer.status).toBe(201);
  return id;
}

/** The secret of a token whose roles allow just this, one list of permissions a role. The same one for the same wish. */
export function callerWith(...roles: readonly (readonly Permission[])[]): Promise<string> {
  const wish = JSON.stringify(roles);
  const caller =
    known.get(wish) ??
    Promise.all(roles.map((permissions) => roleWith(...permissions))).then((roleIds) => tokenWith(roleIds));
  known.set(wish, caller);
  return caller;
}

/** The headers of a good request, as somebody else. */
export function headersOf(secret: string): Record<string, string> {
  return { ...HEADERS, authorization: `Bearer ${secret}` };
}
