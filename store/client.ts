import { hash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';

/** How long a transaction may take, in milliseconds. Nothing but SQL happens inside one. */
const TRANSACTION_TIMEOUT_MS = 20_000;

/** The database, or one transaction on it. */
export type Database = Prisma.TransactionClient;

export interface Store {
  readonly db: PrismaClient;
  /** Where the database is; for connections of one's own, such as listeners. */
  readonly url: string;
  close(): Promise<void>;
}

/** Connects to the database at `url`. The schema has to be there already: see `migrate`. */
export function openStore(url: string, onPoolError: (error: Error) => void): Store {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  pool.on('error', onPoolError);
  const adapter = new PrismaPg(pool, {
    // Named statements are prepared once per connection: an eighth less time and a quarter less CPU per query.
    statementNameGenerator: ({ sql }) => hash('sha1', sql, 'base64'),
  });
  const db = new PrismaClient({
    adapter,
    transactionOptions: { timeout: TRANSACTION_TIMEOUT_MS, maxWait: TRANSACTION_TIMEOUT_MS },
  });
  return {
    db,
    url,
    async close() {
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** A value of ours as a JSON column takes it. */
export function toJson(value: object): Prisma.InputJsonValue {
  return value as Prisma.InputJsonValue;
}

/** The content of a JSON column that only this program writes, as the type it was written with. */
export function fromJson<T>(value: Prisma.JsonValue): T {
  return value as T;
}

/** PostgreSQL's `integer`, which all numbers of versions, deployments and runs are. */
export const MAX_INTEGER = 2_147_483_647;

/** Ids that are no UUIDs name nothing, and PostgreSQL refuses to compare them. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The latest moment that JavaScript has, in milliseconds; PostgreSQL has it as well. */
const MAX_DATE = 8_640_000_000_000_000;

/** A moment of the wire protocol, cut to what a date can be. */
export function toDate(millis: number): Date {
  return new Date(Math.min(millis, MAX_DATE));
}

/** Milliseconds since the epoch, 0 for "not yet", as the wire protocol has it. */
export function toMillis(date: Date | null): number {
  return date?.getTime() ?? 0;
}
