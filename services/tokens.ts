import { createHash, randomInt } from 'node:crypto';
import { ErrorKind, GoferError, invalid } from '../core/errors.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { CreateTokenRequest, Token } from '../sdk/wire.ts';
import type { Database } from '../store/client.ts';
import {
  deleteToken as removeToken,
  findTokenByHash,
  insertBootstrapToken,
  insertToken,
  setTokenDisabled,
} from '../store/tokens.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SECRET_LENGTH = 32;
const PREFIX = 'Bearer ';
const BOOTSTRAP_ROLE = 'bootstrap';
/** From here on years have five digits, which not everything can read. In ms since the epoch. */
const LATEST_EXPIRY = Date.UTC(9999, 11, 31);

/** Who makes a request. */
export interface Caller {
  readonly tokenId: string;
  readonly user: string;
  readonly roles: readonly string[];
}

/** A token together with its secret, which is kept nowhere. */
export interface NewTokenAnswer {
  readonly token_details: Token;
  readonly secret: string;
}

/** A new token's secret: 32 random letters and digits. */
export function newTokenSecret(): string {
  return Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** Makes `secret` the bootstrap token. Returns nothing, and does nothing, if this installation has had one before. */
export function createBootstrapToken(db: PrismaClient, secret: string): Promise<Token | undefined> {
  return insertBootstrapToken(db, {
    hash: hashOf(secret),
    user: 'bootstrap',
    roles: [BOOTSTRAP_ROLE],
    metadata: { bootstrap_token: 'true' },
  });
}

/** @throws GoferError `forbidden` if the bootstrap role is asked for, which only one token may ever have */
export async function createToken(db: Database, request: CreateTokenRequest): Promise<NewTokenAnswer> {
  refuseBootstrapRole(request.roles);
  const expires = Date.now() + request.expires * 1000;
  if (request.expires < 0 || expires > LATEST_EXPIRY) {
    const problem = {
      path: 'expires',
      value: request.expires,
      message: 'must be seconds from now, before the year 10000',
    };
    throw invalid('the token is not valid', [problem]);
  }
  return issueToken(db, request);
}

/** Makes a token that may have any roles. */
export async function issueToken(db: Database, request: CreateTokenRequest): Promise<NewTokenAnswer> {
  const secret = newTokenSecret();
  const token = await insertToken(db, {
    hash: hashOf(secret),
    user: request.user,
    roles: request.roles,
    metadata: request.metadata ?? {},
    ...(request.expires > 0 && { lifetime: request.expires }),
  });
  return { token_details: token, secret };
}

/** @throws GoferError `forbidden` if the bootstrap role is among them, in any letters */
export function refuseBootstrapRole(roles: readonly string[]): void {
  if (!roles.some((role) => role.toLowerCase() === BOOTSTRAP_ROLE)) return;
  throw new GoferError(ErrorKind.Forbidden, `no token but the first may have the role '${BOOTSTRAP_ROLE}'`);
}

/** Switches a token off or on; not one's own, so that nobody locks themselves out. */
export async function updateToken(db: Database, caller: Caller, id: string, disabled: boolean): Promise<void> {
  refuseOwn(caller, id);
  await setTokenDisabled(db, id, disabled);
}

/** Deletes a token; not one's own, so that nobody locks themselves out. */
export async function deleteToken(db: Database, caller: Caller, id: string): Promise<void> {
  refuseOwn(caller, id);
  await removeToken(db, id);
}

/**
 * Finds out who sends an `Authorization` header (contract, api-behaviour §2.1). The secret is looked up by its hash, so
 * nothing compares secrets and the time taken says nothing about them.
 *
 * @throws GoferError `invalid` for a missing or malformed header, `unauthenticated` for a token that is not good
 */
export async function authenticate(db: Database, header: string | undefined): Promise<Caller> {
  if (header === undefined || !header.startsWith(PREFIX)) {
    throw new GoferError(ErrorKind.Invalid, "the header 'Authorization: Bearer <token>' is missing or malformed");
  }
  const token = await findTokenByHash(db, hashOf(header.slice(PREFIX.length)));
  if (!token) throw new GoferError(ErrorKind.Unauthenticated, 'the token is unknown');
  requireUsable(token);
  return { tokenId: token.id, user: token.user, roles: token.roles };
}

/** @throws GoferError `unauthenticated` for a token that is switched off or too old */
export function requireUsable({
  disabled,
  expires,
}: {
  readonly disabled: boolean;
  readonly expires: Date | null;
}): void {
  if (disabled) throw new GoferError(ErrorKind.Unauthenticated, 'the token is disabled');
  if (expires !== null && expires.getTime() < Date.now()) {
    throw new GoferError(ErrorKind.Unauthenticated, `the token expired at ${expires.toISOString()}`);
  }
}

function refuseOwn(caller: Caller, id: string): void {
  // A UUID may be written in capital letters as well.
  if (caller.tokenId === id.toLowerCase())
    throw new GoferError(ErrorKind.Conflict, 'a token cannot disable or delete itself');
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(secret).digest());
}
