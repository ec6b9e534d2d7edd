import type { Logger } from 'pino';
import { SYSTEM_ROLES } from '../core/system-roles.ts';
import { createBootstrapToken } from '../services/tokens.ts';
import { openStore } from '../store/client.ts';
import { setInstance } from '../store/installation.ts';
import { migrate } from '../store/migrate.ts';
import { ensureNamespace } from '../store/namespaces.ts';
import { ensureSystemRoles } from '../store/roles.ts';
import { migrations } from './paths.ts';

/** Brings the database at `url` to the current schema and gives it what every installation has. Repeatable. */
export async function prepareDatabase(url: string, logger: Logger): Promise<void> {
  const applied = await migrate(url, migrations);
  if (applied.length > 0) logger.info({ applied }, 'database migrated');
  const store = openStore(url, (err) => logger.warn({ err }, 'database'));
  try {
    await ensureSystemRoles(store.db, SYSTEM_ROLES);
    await ensureNamespace(store.db, { id: 'default', name: 'Default', description: 'The namespace of everybody' });
  } finally {
    await store.close();
  }
}

/** Makes `secret` the bootstrap token of a new installation. Returns false, and does nothing, for an older one. */
export async function ensureBootstrapToken(url: string, secret: string, logger: Logger): Promise<boolean> {
  const store = openStore(url, (err) => logger.warn({ err }, 'database'));
  try {
    return (await createBootstrapToken(store.db, secret)) !== undefined;
  } finally {
    await store.close();
  }
}

/** Makes of the copy of an installation another one, whose containers are not those of the first. */
export async function renameInstallation(url: string, instance: string): Promise<void> {
  const store = openStore(url, () => undefined);
  try {
    await setInstance(store.db, instance);
  } finally {
    await store.close();
  }
}
