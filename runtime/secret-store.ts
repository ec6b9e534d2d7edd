import { readFileSync } from 'node:fs';
import type { Sealer, SecretStore } from '../backends/secrets/contract.ts';
import { createSealedSecretStore } from '../backends/secrets/sealed.ts';
import { createVaultSecretStore } from '../backends/secrets/vault.ts';
import { ensureError, ErrorKind, GoferError, invalid } from '../core/errors.ts';
import { createSealer, DEFAULT_KEY, type Keyring } from '../services/sealing.ts';
import { readToml, required, type ServerConfig } from './config.ts';
import { masterKeys } from './secret-store-schema.ts';

type SecretStoreConfig = ServerConfig['secret_store'];

/** The sealer with the keys of the configuration, and the secret store that it names. */
export function createSecretStore({ secret_store: config }: ServerConfig): { sealer: Sealer; secrets: SecretStore } {
  const sealer = createSealer(readKeyring(config));
  const sealed = createSealedSecretStore(sealer);
  return { sealer, secrets: config.engine === 'database' ? sealed : createVault(config.vault, sealed) };
}

/**
 * The master keys of the configuration. `encryption_key` is the one whose id is `default`, and the one that sealed before keys
 * had ids.
 *
 * @throws GoferError `invalid` naming the key that is wrong, never one's text
 */
export function readKeyring(config: SecretStoreConfig): Keyring {
  const { encryption_key: unnamed, active_key: chosen } = config;
  const named = { ...config.keys, ...(config.keys_file !== undefined && readKeysFile(config.keys_file)) };
  if (DEFAULT_KEY in named) {
    throw wrong('keys', `'${DEFAULT_KEY}' is the id of secret_store.encryption_key; choose another`);
  }
  const keys = new Map([...Object.entries(named), ...(unnamed === undefined ? [] : [[DEFAULT_KEY, unnamed] as const])]);
  const active = chosen ?? onlyOne(Object.keys(named)) ?? DEFAULT_KEY;
  if (chosen !== undefined && !keys.has(chosen)) throw wrong('active_key', `there is no key '${chosen}'`);
  if (keys.size === 0) required(unnamed, 'secret_store.encryption_key');
  return { keys, active, ...(unnamed !== undefined && { unnamed: DEFAULT_KEY }) };
}

function onlyOne(ids: readonly string[]): string | undefined {
  if (ids.length > 1) throw wrong('active_key', `is needed to choose from the keys ${ids.join(', ')}`);
  return ids[0];
}

function readKeysFile(path: string): Readonly<Record<string, string>> {
  const result = masterKeys.safeParse(readToml(path));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: at, message }) => ({ path: `${path}: ${at.join('.')}`, message }));
  throw invalid('the configuration is not valid', problems);
}

function createVault(config: SecretStoreConfig['vault'], otherwise: SecretStore): SecretStore {
  const { token, token_file: tokenFile, namespace, ca_file: caFile } = config;
  if ((token === undefined) === (tokenFile === undefined)) {
    throw wrong('vault.token', 'either this or secret_store.vault.token_file has to be set');
  }
  return createVaultSecretStore(
    {
      address: required(config.address, 'secret_store.vault.address'),
      mount: config.mount,
      prefix: config.prefix,
      token: tokenFile === undefined ? { text: token ?? '' } : { file: tokenFile },
      timeoutMs: config.timeout * 1000,
      ...(namespace !== undefined && { namespace }),
      ...(caFile !== undefined && { ca: readCertificate(caFile) }),
    },
    otherwise,
  );
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new GoferError(ErrorKind.Invalid, `secret_store.vault.ca_file: ${ensureError(error).message}`);
  }
}

function wrong(key: string, message: string): GoferError {
  return invalid('the configuration is not valid', [{ path: `secret_store.${key}`, message }]);
}
