import type { IncomingMessage } from 'node:http';

import { ErrorKind, GoferError, invalid } from '../core/errors.ts';
import type { Permission, Route } from './document.ts';
import type { Caller } from '../services/tokens.ts';
import type { RequiredResource } from '../core/permissions.ts';
import type { Requirement } from '../services/access.ts';
import type { FailedLogins } from './middleware/failed-logins.ts';
import type { ParameterValues } from './parameters.ts';

/**
 * Finds out who calls from the `Authorization` header.
 * @throws GoferError: invalid for a missing or malformed header, unauthenticated for a token that does not count.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

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

export class Access {
  readonly #authenticate: Authenticate;
  readonly #authorise: Authorise;
  readonly #failed: FailedLogins;

  constructor(authenticate: Authenticate, authorise: Authorise, failed: FailedLogins) {
    this.#authenticate = authenticate;
    this.#authorise = authorise;
    this.#failed = failed;
  }

  /** Only who it is. */
  async identify(route: Route, request: IncomingMessage): Promise<Caller> {
    if (!route.authenticated) return ANONYMOUS;
    await this.#failed.refuseIfTooMany(request);
    try {
      return await this.#authenticate(request.headers.authorization);
    } catch (error) {
      if (error instanceof GoferError && error.kind === ErrorKind.Unauthenticated) {
        await this.#failed.count(request);
      }
      if (route.permission.anonymous && isRefusal(error)) return ANONYMOUS;
      throw error;
    }
  }

  /** Who it is, whether they speak our version, and whether they may: in the order of the contract (§1.4). */
  async admit(route: Route, request: IncomingMessage, path: ParameterValues): Promise<Caller> {
    const caller = await this.identify(route, request);
    const version = request.headers['gofer-api-version'];
    if (version !== API_VERSION) {
      const problem = { path: 'header.gofer-api-version', value: version, message: `must be ${API_VERSION}` };
      throw invalid('the API version is not supported', [problem]);
    }
    if (route.authenticated) await this.#authorise(caller, route.permission, path);
    return caller;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof GoferError && (error.kind === ErrorKind.Invalid || error.kind === ErrorKind.Unauthenticated);
}
