import { notFound } from '../core/errors.ts';
import type { PrismaClient, Token as TokenRow } from '../generated/prisma/client.ts';
import type { Token } from '../sdk/wire.ts';
import { fromJson, isUuid, toJson, toMillis, type Database } from './client.ts';
import { isMissingRow } from './errors.ts';
import { claimBootstrapToken } from './installation.ts';

/** A token to store; only the SHA-256 of its secret is. */
export interface NewToken {
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly user: string;
  readonly roles: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** For how many seconds it is good; for ever, if that is left out. */
  readonly lifetime?: number;
}

export async function insertToken(db: Database, token: NewToken): Promise<Token> {
  const { hash, user, roles, metadata, lifetime } = token;
  const created = new Date();
  const expires = lifetime === undefined ? null : new Date(created.getTime() + lifetime * 1000);
  return toToken(
    await db.token.create({ data: { hash, user, roles: [...roles], metadata: toJson(metadata), created, expires } }),
  );
}

/** Stores the bootstrap token. Returns nothing, and stores nothing, if this installation has had one before. */
export async function insertBootstrapToken(db: PrismaClient, token: NewToken): Promise<Token | undefined> {
  return db.$transaction(async (tx) => ((await claimBootstrapToken(tx)) ? insertToken(tx, token) : undefined));
}

/** In the order of their creation. */
export async function listTokens(db: Database): Promise<Token[]> {
  return (await db.token.findMany({ orderBy: [{ created: 'asc' }, { id: 'asc' }] })).map(toToken);
}

export async function getToken(db: Database, id: string): Promise<Token> {
  const row = isUuid(id) ? await db.token.findUnique({ where: { id } }) : null;
  if (!row) throw notFound('token', id);
  return toToken(row);
}

export async function findTokenByHash(db: Database, hash: Uint8Array<ArrayBuffer>): Promise<TokenRow | null> {
  return db.token.findUnique({ where: { hash } });
}

export async function setTokenDisabled(db: Database, id: string, disabled: boolean): Promise<void> {
  await getToken(db, id);
  await db.token.update({ where: { id }, data: { disabled } });
}

export async function deleteToken(db: Database, id: string): Promise<void> {
  try {
    await getToken(db, id);
    await db.token.delete({ where: { id } });
  } catch (error) {
    if (!isMissingRow(error)) throw error;
    throw notFound('token', id);
  }
}

/** Deletes the tokens of a pattern of metadata, for example all of one extension. */
export async function deleteTokensWith(db: Database, metadata: Readonly<Record<string, string>>): Promise<void> {
  await db.$executeRaw`delete from tokens where metadata @> ${JSON.stringify(metadata)}::jsonb`;
}

/** Deletes the tokens with these ids; missing ones are fine. */
export async function deleteTokensById(db: Database, ids: readonly string[]): Promise<void> {
  await db.token.deleteMany({ where: { id: { in: [...ids] } } });
}

/** Deletes tokens that expired before the given time. */
export async function deleteExpiredTokens(db: Database, before: Date): Promise<number> {
  return (await db.token.deleteMany({ where: { expires: { lt: before } } })).count;
}

function toToken(row: TokenRow): Token {
  return {
    id: row.id,
    created: toMillis(row.created),
    metadata: fromJson<Record<string, string>>(row.metadata),
    expires: toMillis(row.expires),
    disabled: row.disabled,
    user: row.user,
    roles: row.roles,
  };
}
