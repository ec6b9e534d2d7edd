import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { migrations, packageRoot } from '../../runtime/paths.ts';
import { diffSchemas, migrate } from '../../store/migrate.ts';
import { runProgram } from '../helpers/programs.ts';

const { databaseUrl } = inject('cluster');
const server = new pg.Client({ connectionString: databaseUrl });
const created: string[] = [];

/** An empty database on the server of the shared cluster. */
async function emptyDatabase(): Promise<string> {
  const name = `migrations_${process.pid}_${created.length}`;
  await server.query(`create database ${name}`);
  created.push(name);
  return Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href;
}

async function query(url: string, sql: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What Prisma's schema language cannot say, and the migrations add by hand. */
const BY_HAND = {
  indexes: [
    'log_segments_by_shard',
    'objects_by_shard',
    'objects_key',
    'runs_failed',
    'runs_live',
    'runs_pending',
    'runs_running',
    'runs_undispatched',
    'runs_unexpired',
    'runs_waiting',
  ],
  functions: ['record_event', 'release_blobs', 'wake_log_readers'],
};

/** Everything about the tables of a database that its schema decides, as PostgreSQL itself spells it. */
async function describeTables(url: string) {
  const ours = "n.nspname = 'public' and c.relname <> '_prisma_migrations'";
  return {
    columns: await query(
      url,
      `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
              pg_get_expr(d.adbin, d.adrelid) as default
         from pg_attribute a
         join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
         join pg_namespace n on n.oid = c.relnamespace
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attnum > 0 and not a.attisdropped and ${ours}
        order by 1, 2`,
    ),
    constraints: await query(
      url,
      `select c.relname as table, o.conname as name, pg_get_constraintdef(o.oid) as definition
         from pg_constraint o
         join pg_class c on c.oid = o.conrelid
         join pg_namespace n on n.oid = c.relnamespace
        where ${ours}
        order by 1, 2`,
    ),
    indexes: await query(
      url,
      `select i.indexname as name, i.indexdef as definition
         from pg_indexes i
        where i.schemaname = 'public' and i.tablename <> '_prisma_migrations'
          and i.indexname not in (${BY_HAND.indexes.map((name) => `'${name}'`).join()})
        order by 1`,
    ),
  };
}

beforeAll(() => server.connect());

afterAll(async () => {
  for (const name of created) await server.query(`drop database ${name} with (force)`);
  await server.end();
});

test('the migrations lead to what the Prisma schema says', async () => {
  const [migrated, declared] = [await emptyDatabase(), await emptyDatabase()];
  expect((await migrate(migrated, migrations)).length).toBeGreaterThan(0);
  const schema = await readFile(join(packageRoot, 'prisma', 'schema.prisma'), 'utf8');
  await query(declared, await diffSchemas(declared, undefined, schema));

  const tables = await describeTables(migrated);
  expect(tables.columns.length).toBeGreaterThan(50);
  expect(tables.constraints.length).toBeGreaterThan(10);
  expect(tables).toEqual(await describeTables(declared));
});

test('what was added by hand is there', async () => {
  const url = await emptyDatabase();
  await migrate(url, migrations);
  const [index] = await query(url, `select indexdef from pg_indexes where indexname = 'runs_live'`);
  expect(index).toMatchObject({ indexdef: expect.stringContaining('WHERE (ended IS NULL)') });
  const functions = await query(
    url,
    `select p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'
      order by name`,
  );
  expect(functions).toEqual(BY_HAND.functions.map((name) => ({ name })));
  expect(await query(url, 'select id, bootstrap_token_created from installation')).toEqual([
    { id: 1, bootstrap_token_created: false },
  ]);
});

test('applying them again does nothing', async () => {
  const url = await emptyDatabase();
  const first = await migrate(url, migrations);
  const [tables, applied] = [await describeTables(url), await query(url, 'select * from _prisma_migrations')];
  expect(applied).toHaveLength(first.length);
  expect(await migrate(url, migrations)).toEqual([]);
  expect(await describeTables(url)).toEqual(tables);
  expect(await query(url, 'select * from _prisma_migrations')).toEqual(applied);
});

test('they leave no connection and no lock behind', async () => {
  const url = await emptyDatabase();
  await migrate(url, migrations);
  const others = 'datname = current_database() and pid <> pg_backend_pid()';
  await vi.waitFor(async () =>
    expect(await query(url, `select state, query from pg_stat_activity where ${others}`)).toEqual([]),
  );
});

test('processes that migrate at the same time do not clash, and one of them gets the token', async () => {
  const url = await emptyDatabase();
  const env = { GOFER_WEB_DATABASE__URL: url };
  const results = await Promise.all([1, 2, 3].map(() => runProgram(['service', 'migrate', '--json'], env)));
  expect(results.map(({ code, stderr }) => [code, /error/i.test(stderr) ? stderr : ''])).toEqual(
    Array(3).fill([0, '']),
  );
  const tokens = results.map(
    ({ stdout }) => (JSON.parse(stdout) as { bootstrap_token: string | null }).bootstrap_token,
  );
  expect(tokens.filter((token) => typeof token === 'string')).toHaveLength(1);
  expect(await query(url, 'select "user", roles from tokens')).toEqual([{ user: 'bootstrap', roles: ['bootstrap'] }]);
  expect(await query(url, 'select id from namespaces')).toEqual([{ id: 'default' }]);
});
