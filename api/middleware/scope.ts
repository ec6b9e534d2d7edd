import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Logger } from 'pino';

import { splitUrl } from '../url.ts';
import type { Caller } from '../../services/tokens.ts';

/** What is known about a request while it is being handled. */
export interface RequestScope {
  /** A UUID version 7, in the header `x-request-id` of the response and in error bodies. */
  readonly id: string;
  readonly log: Logger;
  /** By performance.now(), in ms. */
  readonly started: number;
  operationId?: string;
  caller?: Caller;
  /** Why the response does not fit the document, if that is checked. */
  mismatch?: Error;
}

const scopes = new WeakMap<IncomingMessage, RequestScope>();

export function openScope(request: IncomingMessage, logger: Logger): RequestScope {
  const id = uuidv7();
  const scope: RequestScope = { id, log: logger.child({ request_id: id }), started: performance.now() };
  scopes.set(request, scope);
  return scope;
}

export function scopeOf(request: IncomingMessage): RequestScope {
  const scope = scopes.get(request);
  if (!scope) throw new Error('the request has no scope');
  return scope;
}

/** One line for each request, when it is over. `outcome` has its status or close code. */
export function logAccess(request: IncomingMessage, outcome: Readonly<Record<string, number>>): void {
  const scope = scopeOf(request);
  scope.log.info(
    {
      method: request.method,
      // Without its query: what stands there is the client's business, for example a command.
      path: splitUrl(request.url ?? '').path,
      operation: scope.operationId,
      user: scope.caller?.user,
      client: request.headers['x-forwarded-for'] ?? request.socket.remoteAddress,
      ms: Math.round((performance.now() - scope.started) * 10) / 10,
      ...outcome,
    },
    'request',
  );
}

/** A UUID of version 7 (RFC 9562): 48 bits of milliseconds since the epoch, the rest random. */
function uuidv7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
