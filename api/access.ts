import type { IncomingMessage } from 'node:http';

import { ErrorKind, GoferError, invalid } from '../core/errors.ts';
import type { Permission, Route } from './document.ts';
import type { Caller } from '../services/tokens.ts';
import type { RequiredResource } from '../core/permissions.ts';
import type { Requirement } from '../services/access.ts';
import type { FailedLogins } from './middleware/failed-logins.ts';
import type { ParameterValues } from './parameters.ts';
import { readSession, refuseOtherSites } from './session-cookie.ts';

/**
 * Finds out who calls from the `Authorization` header.
 * @throws GoferError: invalid for a missing or malformed header, unauthenticated for a token that does not count.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

/**
 * Finds out who calls from the session that their browser keeps.
 * @throws GoferError: unauthenticated for one that does not count.
 */
export type Resume = (session: string) => Promise<Caller>;

/**
 * Decides whether a caller may use an operation; `path` has the ids its resources are meant by.
 * @throws GoferError (forbidden) if not.
 */
export type Authorise = (caller: Caller, permission: Permission, path: ParameterValues) => void | Promise<void>;

const API_VERSION = 'v0';

/** Who calls when nobody has to say who they are. */
export const ANONYMOUS: Caller = { tokenId: '0', user: 'Anonymous', roles: ['anonymous'] };

/** The path parameters that name what an operation is about, by the kind of resource. */
const ID_PARAMETERS: Readonly<Record<string, string>> = {
  namespaces: 'namespace_id',
  pipelines: 'pipeline_id',
  extensions: 'extension_id',
};

/** What an operation needs of those who use it with this path. */
export function requirementOf({ resources, action, admin }: Permission, path: ParameterValues): Requirement {
  const required = resources.map((name): RequiredResource => {
    const id = path[ID_PARAMETERS[name] ?? ''];
    return typeof id === 'string' ? { name, id } : { name };
  });
  return { resources: required, action, adminOnly: admin };
}

export interface AccessOptions {
  readonly authenticate: Authenticate;
  readonly authorise: Authorise;
  readonly failed: FailedLogins;
  /** Without it no session counts. */
  readonly resume?: Resume;
}

export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Only who it is. */
  async identify(route: Route, request: IncomingMessage): Promise<Caller> {
    if (!route.authenticated) return ANONYMOUS;
    const session = this.#sessionOf(request);
    try {
      if (session === undefined) return await this.#byToken(request);
      refuseOtherSites(request);
      return await session();
    } catch (error) {
      if (route.permission.anonymous && isRefusal(error)) return ANONYMOUS;
      throw error;
    }
  }

  /** A header counts for more than a cookie, which browsers add by themselves. */
  #sessionOf(request: IncomingMessage): (() => Promise<Caller>) | undefined {
    const { resume } = this.#options;
    const session = request.headers.authorization === undefined ? readSession(request) : undefined;
    return resume && session !== undefined ? () => resume(session) : undefined;
  }

  async #byToken(request: IncomingMessage): Promise<Caller> {
    const { authenticate, failed } = this.#options;
    await failed.refuseIfTooMany(request);
    try {
      return await authenticate(request.headers.authorization);
    } catch (error) {
      if (error instanceof GoferError && error.kind === ErrorKind.Unauthenticated) await failed.count(request);
      throw error;
    }
  }

  /** Who it is, whether they speak our version, and whether they may: in the order of the contract (§1.4). */
  async admit(route: Route, request: IncomingMessage, path: ParameterValues): Promise<Caller> {
    const caller = await this.identify(route, request);
    const version = request.headers['gofer-api-version'];
    // A browser sets it on what scripts fetch only, and everything that changes something is fetched.
    const implied = version === undefined && request.method === 'GET' && this.#sessionOf(request) !== undefined;
    if (version !== API_VERSION && !implied) {
      const problem = { path: 'header.gofer-api-version', value: version, message: `must be ${API_VERSION}` };
      throw invalid('the API version is not supported', [problem]);
    }
    if (route.authenticated) await this.#options.authorise(caller, route.permission, path);
    return caller;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof GoferError && (error.kind === ErrorKind.Invalid || error.kind === ErrorKind.Unauthenticated);
}
