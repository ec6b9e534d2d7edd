import { type Api, answer, done } from './resources.ts';
import type {
  CreateRoleRequest,
  CreateTokenRequest,
  InstallExtensionRequest,
  UpdateExtensionRequest,
  UpdateRoleRequest,
  UpdateSystemPreferencesRequest,
  UpdateTokenRequest,
} from './wire.ts';

const ROLE = '/api/roles/{role_id}';
const TOKEN = '/api/tokens/{id}';
const EXTENSION = '/api/extensions/{extension_id}';
const EVENT = '/api/events/{event_id}';

export const roleCalls = (api: Api) => ({
  list: () => answer(api.GET('/api/roles')),
  get: (id: string) => answer(api.GET(ROLE, { params: { path: { role_id: id } } })),
  create: (body: CreateRoleRequest) => answer(api.POST('/api/roles', { body })),
  /** Changes what is given; permissions are replaced as a whole. */
  update: (id: string, body: UpdateRoleRequest) => answer(api.PATCH(ROLE, { params: { path: { role_id: id } }, body })),
  delete: (id: string) => done(api.DELETE(ROLE, { params: { path: { role_id: id } } })),
});

export const tokenCalls = (api: Api) => ({
  list: () => answer(api.GET('/api/tokens')),
  get: (id: string) => answer(api.GET(TOKEN, { params: { path: { id } } })),
  /** The answer has the secret, which is never shown again. */
  create: (body: CreateTokenRequest) => answer(api.POST('/api/tokens', { body })),
  /** The first token of an installation; works once, and without a token. */
  bootstrap: () => answer(api.POST('/api/tokens/bootstrap')),
  whoami: () => answer(api.GET('/api/tokens/whoami')),
  update: (id: string, body: UpdateTokenRequest) => done(api.PATCH(TOKEN, { params: { path: { id } }, body })),
  delete: (id: string) => done(api.DELETE(TOKEN, { params: { path: { id } } })),
});

export const extensionCalls = (api: Api) => ({
  list: () => answer(api.GET('/api/extensions')),
  get: (id: string) => answer(api.GET(EXTENSION, { params: { path: { extension_id: id } } })),
  install: (body: InstallExtensionRequest) => answer(api.POST('/api/extensions', { body })),
  /** Changes what is given; settings and roles are replaced as a whole. */
  update: (id: string, body: UpdateExtensionRequest) =>
    done(api.PATCH(EXTENSION, { params: { path: { extension_id: id } }, body })),
  uninstall: (id: string) => done(api.DELETE(EXTENSION, { params: { path: { extension_id: id } } })),
  /** What the extension says about its inner state. */
  debug: (id: string) => answer(api.GET(`${EXTENSION}/debug`, { params: { path: { extension_id: id } } })),
  subscriptions: (id: string) =>
    answer(api.GET(`${EXTENSION}/subscriptions`, { params: { path: { extension_id: id } } })),
});

export const eventCalls = (api: Api) => ({
  get: (id: string) => answer(api.GET(EVENT, { params: { path: { event_id: id } } })),
  delete: (id: string) => done(api.DELETE(EVENT, { params: { path: { event_id: id } } })),
});

export const systemCalls = (api: Api) => ({
  /** The version of the server, which everybody may know. */
  metadata: () => answer(api.GET('/api/system/metadata')),
  preferences: () => answer(api.GET('/api/system')),
  update: (body: UpdateSystemPreferencesRequest) => answer(api.PATCH('/api/system', { body })),
});
