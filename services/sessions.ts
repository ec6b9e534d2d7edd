import { ErrorKind, GoferError } from '../core/errors.ts';
import type { Database } from '../store/client.ts';
import { getToken } from '../store/tokens.ts';
import type { Sealer } from './sealing.ts';
import { requireUsable, type Caller } from './tokens.ts';

const IDENTITY = 'console session';
const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * What a browser keeps instead of a token: which one it has shown, and until when that counts. Sealed, it can neither be
 * made nor changed by anybody else, and is of no use outside of the console.
 */
interface Session {
  readonly token: string;
  /** In ms since the epoch. */
  readonly until: number;
}

/** Makes a session for whoever has shown a token. */
export function openSession(sealer: Sealer, caller: Caller): string {
  const session: Session = { token: caller.tokenId, until: Date.now() + LIFETIME_MS };
  return sealer.seal(JSON.stringify(session), IDENTITY);
}

/**
 * Finds out whose session it is. A token that was deleted, disabled or that has expired ends its sessions at once.
 *
 * @throws GoferError `unauthenticated` if the session does not count
 */
export async function resumeSession(db: Database, sealer: Sealer, sealed: string): Promise<Caller> {
  const session = unseal(sealer, sealed);
  if (!session || session.until < Date.now()) throw ended();
  const token = await getToken(db, session.token).catch((error: unknown) => {
    throw error instanceof GoferError && error.kind === ErrorKind.NotFound ? ended() : error;
  });
  requireUsable({ disabled: token.disabled, expires: token.expires === 0 ? null : new Date(token.expires) });
  return { tokenId: token.id, user: token.user, roles: token.roles };
}

function unseal(sealer: Sealer, sealed: string): Session | undefined {
  try {
    return JSON.parse(sealer.open(sealed, IDENTITY)) as Session;
  } catch {
    // Sealed with a key that was replaced, or by nobody.
    return undefined;
  }
}

function ended(): GoferError {
  return new GoferError(ErrorKind.Unauthenticated, 'the session has ended; sign in again');
}
