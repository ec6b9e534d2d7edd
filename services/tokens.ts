import { createHash, randomInt } from 'node:crypto';
import { ErrorKind, GoferError } from '../core/errors.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { findTokenByHash, insertBootstrapToken } from '../store/tokens.ts';
import type { Database } from '../store/client.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SECRET_LENGTH = 32;
const PREFIX = 'Bearer ';

/** Who makes a request. */
export interface Caller {
  readonly tokenId: string;
  readonly user: string;
  readonly roles: readonly string[];
}

/** A new token's secret: 32 random letters and digits. */
export function newTokenSecret(): string {
  return Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** Makes `secret` the bootstrap token. Returns false, and does nothing, if this installation has had one before. */
export function createBootstrapToken(db: PrismaClient, secret: string): Promise<boolean> {
  return insertBootstrapToken(db, {
    hash: hashOf(secret),
    user: 'bootstrap',
    roles: ['bootstrap'],
    metadata: { bootstrap_token: 'true' },
  });
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
  if (token.disabled) throw new GoferError(ErrorKind.Unauthenticated, 'the token is disabled');
  if (token.expires !== null && token.expires.getTime() < Date.now()) {
    throw new GoferError(ErrorKind.Unauthenticated, `the token expired at ${token.expires.toISOString()}`);
  }
  return { tokenId: token.id, user: token.user, roles: token.roles };
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(secret).digest());
}
