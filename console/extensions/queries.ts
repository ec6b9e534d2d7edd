import { queryOptions } from '@tanstack/react-query';
import { answer, done } from '../../sdk/resources.ts';
import type { InstallExtensionRequest, UpdateExtensionRequest } from '../../sdk/wire.ts';
import { api } from '../data/client.ts';

const EXTENSION = '/api/extensions/{extension_id}';
const pathOf = (id: string) => ({ params: { path: { extension_id: id } } });

/** No event tells how an extension does. */
const LOOK_MS = 5_000;
/** Until it runs, or does not, somebody waits for that. */
const LOOK_SOON_MS = 1_000;

export const extensionsQuery = queryOptions({
  queryKey: ['extensions'],
  queryFn: () => answer(api.GET('/api/extensions')),
  refetchInterval: LOOK_MS,
});

export const extensionQuery = (id: string) =>
  queryOptions({
    queryKey: ['extensions', id],
    queryFn: () => answer(api.GET(EXTENSION, pathOf(id))),
    refetchInterval: ({ state }) => (state.data?.extension.state === 'processing' ? LOOK_SOON_MS : LOOK_MS),
  });

export const extensionSubscriptionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['extensions', id, 'subscriptions'],
    queryFn: () => answer(api.GET(`${EXTENSION}/subscriptions`, pathOf(id))),
  });

export const install = (body: InstallExtensionRequest) => answer(api.POST('/api/extensions', { body }));
export const update = (id: string, body: UpdateExtensionRequest) => done(api.PATCH(EXTENSION, { ...pathOf(id), body }));
export const uninstall = (id: string) => done(api.DELETE(EXTENSION, pathOf(id)));
