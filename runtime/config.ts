import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { TlsFiles } from '../api/server.ts';
import { ensureError, ErrorKind, GoferError, invalid, type Problem } from '../core/errors.ts';
import { configSchema, GONE, type ServerConfig } from './config-schema.ts';

export type { ServerConfig } from './config-schema.ts';

const PREFIX = 'GOFER_WEB_';
const REDACTED = '[Redacted]';

/**
 * Reads the configuration file and the environment.
 *
 * @throws GoferError `invalid` naming every key that is wrong, but no value, because some are secret
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, file: string = CONFIG_FILE): ServerConfig {
  const fromFile = existsSync(file) ? readToml(file) : {};
  const merged = mergeEnvironment(fromFile, environment);
  const gone = Object.entries(GONE).flatMap(([key, remedy]): Problem[] =>
    valueAt(merged, key) === undefined ? [] : [{ path: key, message: `does not exist any more: ${remedy}` }],
  );
  if (gone.length > 0) throw invalid('the configuration is not valid', gone);
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  throw invalid(
    'the configuration is not valid',
    result.error.issues.map((issue) => ({ path: issue.path.join('.') || '(top level)', message: issue.message })),
  );
}

/** The file that is read by default. */
export const CONFIG_FILE = '/etc/gofer/gofer_web.toml';

/** The configuration with placeholders for what is secret. */
export function maskSecrets(config: ServerConfig): ServerConfig {
  const masked = structuredClone(config);
  const { secret_store: secrets } = masked;
  if (secrets.encryption_key !== undefined) secrets.encryption_key = REDACTED;
  if (secrets.vault.token !== undefined) secrets.vault.token = REDACTED;
  for (const id of Object.keys(secrets.keys)) secrets.keys[id] = REDACTED;
  if (masked.database.url !== undefined) masked.database.url = maskUrl(masked.database.url);
  return masked;
}

/** Keeps of a database's address what is surely no secret. */
function maskUrl(text: string): string {
  if (!URL.canParse(text)) return REDACTED;
  const url = new URL(text);
  if (url.password !== '') url.password = 'redacted';
  for (const name of url.searchParams.keys()) if (/pass/i.test(name)) url.searchParams.set(name, 'redacted');
  return url.href;
}

/**
 * Reads a TOML file. The parser's own message quotes the lines around an error, and one of them may hold a key.
 *
 * @throws GoferError `invalid` naming the place
 */
export function readToml(file: string): object {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof TomlError))
      throw new GoferError(ErrorKind.Invalid, `${file}: ${ensureError(error).message}`);
    const message = error.message.split('\n')[0] ?? 'is not TOML';
    throw invalid('the configuration is not valid', [{ path: `${file}:${error.line}:${error.column}`, message }]);
  }
}

function valueAt(block: unknown, key: string): unknown {
  return key.split('.').reduce((at, part) => (isBlock(at) ? at[part] : undefined), block);
}

/** @throws GoferError `invalid` naming the key if it is not set */
export function required<T>(value: T | undefined, key: string): T {
  if (value !== undefined) return value;
  const variable = `GOFER_WEB_${key.toUpperCase().replaceAll('.', '__')}`;
  throw new GoferError(ErrorKind.Invalid, `the configuration lacks ${key} (or the variable ${variable})`);
}

/** Host and port of a `host:port`. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/**
 * The certificate and key of a listener, or nothing if it speaks plain HTTP.
 *
 * @param block the listener's part of the configuration, for error messages
 * @throws GoferError `invalid` naming the key of a file that is not given or cannot be read
 */
export function tlsOf(
  listener: ServerConfig['server' | 'external_events' | 'extensions'],
  block: string,
): { tls?: TlsFiles } {
  if (!listener.use_tls) return {};
  const read = (key: 'tls_cert_path' | 'tls_key_path') => {
    const path = required(listener[key], `${block}.${key}`);
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new GoferError(ErrorKind.Invalid, `${block}.${key}: ${ensureError(error).message}`);
    }
  };
  return { tls: { cert: read('tls_cert_path'), key: read('tls_key_path') } };
}

/** The folder for everything the embedded stack keeps: root's is not below its home, which PostgreSQL may not enter. */
export function defaultDataDir(): string {
  if (process.getuid?.() === 0) return '/var/lib/gofer';
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'gofer');
}

function mergeEnvironment(base: object, environment: NodeJS.ProcessEnv): object {
  const merged = structuredClone(base) as Record<string, unknown>;
  for (const [name, value] of Object.entries(environment)) {
    if (!name.toUpperCase().startsWith(PREFIX) || value === undefined) continue;
    const path = name.slice(PREFIX.length).toLowerCase().split('__');
    const key = path.pop();
    if (key === undefined) continue;
    let block: unknown = merged;
    for (const part of path) block = isBlock(block) ? (block[part] ??= {}) : undefined;
    // Where the file has something else than a block, the check of the whole says so.
    if (isBlock(block)) block[key] = typed(value);
  }
  return merged;
}

function isBlock(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** `true` and `42` are a boolean and a number; a text of digits can be put in double quotes. */
function typed(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  if (/^-?\d+$/.test(value)) return Number(value);
  return /^".*"$/.test(value) ? value.slice(1, -1) : value;
}
