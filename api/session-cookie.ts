import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';

import { ErrorKind, GoferError } from '../core/errors.ts';

const NAME = 'gofer_session';

/** The session that a browser sends, sealed. */
export function readSession({ headers }: IncomingMessage): string | undefined {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === NAME && value) return decodeURIComponent(value);
  }
  return undefined;
}

/** Hands a browser its session, or takes it away with null. */
export function writeSession(request: IncomingMessage, response: ServerResponse, session: string | null): void {
  const parts = [
    `${NAME}=${encodeURIComponent(session ?? '')}`,
    'Path=/api',
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure(request) ? ['Secure'] : []),
    ...(session === null ? ['Max-Age=0'] : []),
  ];
  response.setHeader('set-cookie', parts.join('; '));
}

/**
 * A browser adds the cookie to a request whoever made it. `SameSite` keeps other sites out already; this does not rely on it.
 * What they could still send by themselves are web sockets and simple requests, and a browser tells where those come from.
 *
 * @throws GoferError `forbidden` if a page of another origin may have made this request
 */
export function refuseOtherSites(request: IncomingMessage): void {
  const { headers, method } = request;
  const harmless = method === 'GET' && headers.upgrade === undefined;
  const site = headers['sec-fetch-site'];
  const fine =
    site === undefined ? harmless || isOwnOrigin(request) : site === 'same-origin' || (harmless && site === 'none');
  if (!fine) throw new GoferError(ErrorKind.Forbidden, 'a session counts only in requests of the console itself');
}

/** Behind a proxy the host that the browser knows may be in another header, which no page can set on a simple request. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin } = headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === headers.host || host === headers['x-forwarded-host'];
}

function isSecure({ headers, socket }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true || headers['x-forwarded-proto'] === 'https';
}
