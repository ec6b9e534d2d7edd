/**
 * Writes the migration that leads from the committed Prisma schema to the one in the working tree:
 *
 *     npm run migration -- add-labels
 *
 * The SQL is a proposal: read it, and add by hand what Prisma cannot say (partial indexes, data).
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../runtime/embedded/postgres.ts';
import { diffSchemas } from '../store/migrate.ts';

const SCHEMA = 'prisma/schema.prisma';

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9-]+$/.test(name)) {
  throw new Error('usage: npm run migration -- <name in lower case, digits and hyphens>');
}

function committedSchema(): string | undefined {
  try {
    return execFileSync('git', ['show', `HEAD:${SCHEMA}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'gofer-migration-'));
chmodSync(scratch, 0o755);
const postgres = await startPostgres(join(scratch, 'postgres'));
const sql = await diffSchemas(postgres.url, committedSchema(), readFileSync(SCHEMA, 'utf8'));
await postgres.stop();
rmSync(scratch, { recursive: true });

const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
const folder = `prisma/migrations/${stamp}_${name}`;
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/migration.sql`, sql);
console.log(`wrote ${folder}/migration.sql`);
