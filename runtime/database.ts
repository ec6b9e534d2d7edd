import type { Logger } from 'pino';
import { authenticate, createBootstrapToken } from '../services/tokens.ts';
import { openStore } from '../store/client.ts';
import { migrate } from '../store/migrate.ts';
import { ensureNamespace } from '../store/namespaces.ts';
import { migrations } from './paths.ts';

/** Brings the database at `url` to the current schema and gives it what every installation has. Repeatable. */
export async function prepareDatabase(url: string, logger: Logger): Promise<void> {
  const applied = await migrate(url, migrations);
  if (applied.length > 0) logger.info({ applied }, 'database migrated');
  const store = openStore(url, (err) => logger.warn({ err }, 'database'));
  try {
    await ensureNamespace(store.db, { id: 'default', name: 'Default', description: 'The namespace of everybody' });
  } finally {
    await store.close();
  }
}

/**
 * Makes `secret` the bootstrap token of a new installation. For an older one this does nothing, and says so in the log if
 * the secret is not one of its tokens.
 */
export async function ensureBootstrapToken(url: string, secret: string, logger: Logger): Promise<void> {
  const store = openStore(url, (err) => logger.warn({ err }, 'database'));
  try {
    if (await createBootstrapToken(store.db, secret)) return;
    await authenticate(store.db, `Bearer ${secret}`).catch((err: unknown) => logger.warn({ err }, 'local token'));
  } finally {
    await store.close();
  }
}
