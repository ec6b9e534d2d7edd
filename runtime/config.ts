import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { ErrorKind, GoferError, invalid } from '../core/errors.ts';

const CONFIG_FILE = '/etc/gofer/gofer_web.toml';
const PREFIX = 'GOFER_WEB_';

/** `host:port`; port 0 takes a free one. */
const bindAddress = z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port');

/**
 * The server's configuration. Keys that the original Gofer had keep their names; what is new stands beside them. Every
 * key can be given in the file or as `GOFER_WEB_<BLOCK>__<KEY>`; the environment wins.
 */
const configSchema = z.strictObject({
  api: z
    .strictObject({
      log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
      /** How many runs of one pipeline may run at once, besides its own `parallelism`; 0 for any number. */
      pipeline_run_concurrency_limit: z.number().int().min(0).default(200),
      /** How many runs may run at once; 0 for any number. */
      global_run_concurrency_limit: z.number().int().min(0).default(2000),
      /** Seconds for which an event is kept, and between two clean-ups. */
      event_log_retention: z.number().int().min(1).default(15_768_000),
      event_prune_interval: z.number().int().min(1).default(604_800),
      /** Seconds between TERM and KILL when a run is cancelled. */
      task_execution_stop_timeout: z.number().int().min(0).default(10),
    })
    .prefault({}),
  server: z.strictObject({ bind_address: bindAddress.default('0.0.0.0:8080') }).prefault({}),
  development: z
    .strictObject({
      /** Lines for people instead of JSON; by default on a terminal. */
      pretty_logging: z.boolean().default(process.stderr.isTTY === true),
      /** Answers 500 where an answer would break the OpenAPI document. */
      validate_responses: z.boolean().default(false),
    })
    .prefault({}),
  database: z.strictObject({ url: z.string().optional() }).prefault({}),
  temporal: z
    .strictObject({
      address: z.string().optional(),
      namespace: z.string().default('default'),
      task_queue: z.string().default('gofer'),
      ui_url: z.string().optional(),
    })
    .prefault({}),
  scheduler: z.strictObject({ engine: z.enum(['docker', 'none']).default('docker') }).prefault({}),
  /** Where task logs are kept; the API and the workers have to see the same folder. */
  log_store: z.strictObject({ path: z.string().optional() }).prefault({}),
  object_store: z
    .strictObject({
      engine: z.enum(['filesystem']).default('filesystem'),
      /** How many objects a pipeline keeps: a new one replaces the oldest; 0 for any number. */
      pipeline_object_limit: z.number().int().min(0).default(50),
      filesystem: z.strictObject({ path: z.string().optional() }).prefault({}),
    })
    .prefault({}),
  secret_store: z.strictObject({ encryption_key: z.string().min(32).optional() }).prefault({}),
});

export type ServerConfig = z.output<typeof configSchema>;

/**
 * Reads the configuration file and the environment.
 *
 * @throws GoferError `invalid` naming every key that is wrong, but no value, because some are secret
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, file: string = CONFIG_FILE): ServerConfig {
  const fromFile = existsSync(file) ? parse(readFileSync(file, 'utf8')) : {};
  const merged = mergeEnvironment(fromFile, environment);
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  throw invalid(
    'the configuration is not valid',
    result.error.issues.map((issue) => ({ path: issue.path.join('.') || '(top level)', message: issue.message })),
  );
}

/** @throws GoferError `invalid` naming the key if it is not set */
export function required<T>(value: T | undefined, key: string): T {
  if (value !== undefined) return value;
  const variable = `GOFER_WEB_${key.toUpperCase().replace('.', '__')}`;
  throw new GoferError(ErrorKind.Invalid, `the configuration lacks ${key} (or the variable ${variable})`);
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
