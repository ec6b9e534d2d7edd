import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine, type MigrationList } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { ensureError } from '../core/errors.ts';

const NO_FILTER = { externalTables: [], externalEnums: [] };

/** Serialises processes that start at the same time on the same database; the number means nothing else. */
const MIGRATION_LOCK = 7_021_946;

/**
 * Brings the database at `url` to the schema of the migration folder and returns the names of what it applied. Uses
 * Prisma's schema engine as WebAssembly, so that no binary has to be fetched; the folder is an ordinary Prisma one.
 *
 * @throws Error naming the migration if one fails, or if an earlier one had failed half-way.
 */
export async function migrate(url: string, migrationsFolder: string): Promise<readonly string[]> {
  const lock = new pg.Client({ connectionString: url });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await withEngine(url, async (engine) => {
      const migrationsList = await readMigrations(migrationsFolder);
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
      return appliedMigrationNames;
    });
  } finally {
    await lock.end();
  }
}

/**
 * The SQL that leads from one Prisma schema (`undefined`: an empty database) to another. The
 * engine insists on a server to talk to at `url`, and leaves it unchanged.
 */
export async function diffSchemas(url: string, from: string | undefined, to: string): Promise<string> {
  const target = (content: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content }],
  });
  return withEngine(url, async (engine) => {
    const { stdout } = await engine.diff({
      from: from === undefined ? { tag: 'empty' } : target(from),
      to: target(to),
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    return stdout ?? '';
  });
}

/**
 * Sends a migration to the server as it stands. The adapter's own way is to cut it at every semicolon, also at those in
 * comments and function bodies.
 */
class MigrationPg extends PrismaPg {
  readonly #adapters: { dispose(): Promise<void> }[] = [];
  /** What the server said to a script; the engine passes on only that it failed. */
  failure: Error | undefined;

  override async connect() {
    const adapter = await super.connect();
    this.#adapters.push(adapter);
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        this.failure = ensureError(error);
        throw error;
      }
    };
    return adapter;
  }

  /** Lets go of all connections, and so of the engine's own lock, which they would hold until they idle out. */
  async dispose(): Promise<void> {
    await Promise.all(this.#adapters.map((adapter) => adapter.dispose()));
  }
}

async function withEngine<T>(url: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const connections = new MigrationPg({ connectionString: url });
  const adapter = bindMigrationAwareSqlAdapterFactory(connections);
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
  try {
    return await use(engine);
  } catch (error) {
    const { failure } = connections;
    throw failure ? new Error(`the database refuses a migration: ${failure.message}`, { cause: error }) : error;
  } finally {
    engine.free();
    await connections.dispose();
  }
}

async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  );
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}
