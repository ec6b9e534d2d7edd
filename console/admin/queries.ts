import { queryOptions } from '@tanstack/react-query';
import { answer, done } from '../../sdk/resources.ts';
import type { CreateRoleRequest, CreateTokenRequest, Permission } from '../../sdk/wire.ts';
import { api } from '../data/client.ts';

export const tokensQuery = queryOptions({ queryKey: ['tokens'], queryFn: () => answer(api.GET('/api/tokens')) });
export const rolesQuery = queryOptions({ queryKey: ['roles'], queryFn: () => answer(api.GET('/api/roles')) });
export const preferencesQuery = queryOptions({ queryKey: ['system'], queryFn: () => answer(api.GET('/api/system')) });
export const metadataQuery = queryOptions({
  queryKey: ['metadata'],
  queryFn: () => answer(api.GET('/api/system/metadata')),
  staleTime: Infinity,
});

export const createToken = (body: CreateTokenRequest) => answer(api.POST('/api/tokens', { body }));
export const disableToken = (id: string, disabled: boolean) =>
  done(api.PATCH('/api/tokens/{id}', { params: { path: { id } }, body: { disabled } }));
export const deleteToken = (id: string) => done(api.DELETE('/api/tokens/{id}', { params: { path: { id } } }));

export const createRole = (body: CreateRoleRequest) => answer(api.POST('/api/roles', { body }));
export const updateRole = (id: string, body: { description: string; permissions: Permission[] }) =>
  answer(api.PATCH('/api/roles/{role_id}', { params: { path: { role_id: id } }, body }));
export const deleteRole = (id: string) =>
  done(api.DELETE('/api/roles/{role_id}', { params: { path: { role_id: id } } }));

export const refuseRuns = (refuse: boolean) =>
  done(api.PATCH('/api/system', { body: { ignore_pipeline_run_events: refuse } }));

/** An operation of the API, and what it takes to use it. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly resources: readonly string[];
  readonly action: 'read' | 'write' | 'delete';
  readonly admin: boolean;
}

interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly 'x-permission': {
    readonly resources: string[];
    readonly action: Operation['action'];
    readonly admin?: boolean;
  };
}

/** All operations, as the API's own document has them. */
export const operationsQuery = queryOptions({
  queryKey: ['operations'],
  staleTime: Infinity,
  queryFn: async (): Promise<readonly Operation[]> => {
    const response = await fetch('/api/openapi.json');
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, OperationObject>> };
    const all = Object.values(paths).flatMap((item) => Object.values(item).filter((each) => 'operationId' in each));
    return all.map((each) => ({
      id: each.operationId,
      summary: each.summary.replace(/\.$/, ''),
      tag: each.tags[0] ?? '',
      admin: false,
      ...each['x-permission'],
    }));
  },
});
