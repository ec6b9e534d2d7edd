import { queryOptions } from '@tanstack/react-query';
import { covers, type Action, type RequiredResource } from '../../core/permissions.ts';
import { openApi } from '../../sdk/api.ts';
import { ApiError } from '../../sdk/errors.ts';
import { answer, done } from '../../sdk/resources.ts';
import type { ConsoleSession } from '../../sdk/wire.ts';
import { api } from './client.ts';

const SESSION = '/api/console/session';

/** Who is signed in. Fails with a refusal if nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => answer(api.GET(SESSION)),
  staleTime: 60_000,
  retry: false,
});

/** @throws ApiError if the token is not good */
export function signIn(token: string): Promise<ConsoleSession> {
  const own = openApi({ baseUrl: location.origin, headers: { authorization: `Bearer ${token}` } });
  return answer(own.POST(SESSION));
}

export function signOut(): Promise<void> {
  return done(api.DELETE(SESSION));
}

/** Whether the server does not know who this is, or who they are may not do this: it answers both alike. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 400);
}

/** Whether the one who is signed in may do something; to show what they can do, while the server decides. */
export function may(session: ConsoleSession | undefined, action: Action, ...resources: RequiredResource[]): boolean {
  if (!session) return false;
  if (session.administrator) return true;
  return covers(
    session.roles.map(({ permissions }) => permissions),
    resources,
    action,
    compileTarget,
  );
}

/** The server's expressions are a subset of the browser's. */
function compileTarget(source: string): (id: string) => boolean {
  const pattern = new RegExp(source);
  return (id) => pattern.test(id);
}

/** What an operation on a pipeline needs. */
export function ofPipeline(namespace: string, pipeline: string, ...more: string[]): RequiredResource[] {
  return [
    { name: 'namespaces', id: namespace },
    { name: 'pipelines', id: pipeline },
    ...more.map((name) => ({ name })),
  ];
}
