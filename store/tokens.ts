import type { PrismaClient, Token as TokenRow } from '../generated/prisma/client.ts';
import { toJson, type Database } from './client.ts';
import { claimBootstrapToken } from './installation.ts';

/** A token to store; only the SHA-256 of its secret is. */
export interface NewToken {
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly user: string;
  readonly roles: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Stores the bootstrap token. Returns false, and stores nothing, if this installation has had one before. */
export async function insertBootstrapToken(db: PrismaClient, token: NewToken): Promise<boolean> {
  return db.$transaction(async (tx) => {
    if (!(await claimBootstrapToken(tx))) return false;
    const { hash, user, roles, metadata } = token;
    await tx.token.create({ data: { hash, user, roles: [...roles], metadata: toJson(metadata) } });
    return true;
  });
}

export async function findTokenByHash(db: Database, hash: Uint8Array<ArrayBuffer>): Promise<TokenRow | null> {
  return db.token.findUnique({ where: { hash } });
}
