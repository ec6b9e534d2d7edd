import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, findContext, readContexts } from './contexts.ts';
import { CommandError, EXIT } from './errors.ts';

export const OUTPUT_FORMATS = ['plain', 'json', 'silent'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What the client needs to know, after all sources have been merged. */
export interface Settings {
  readonly apiBaseUrl: string;
  readonly namespace: string;
  readonly token: string | undefined;
  /** Exact times instead of humanised ones. */
  readonly detail: boolean;
  readonly outputFormat: OutputFormat;
  /** Shows stack traces and what programs print to standard error. */
  readonly debug: boolean;
  readonly insecureSkipTlsVerify: boolean;
  /** The name of the server, if it has one. */
  readonly context: string | undefined;
}

export interface Sources {
  readonly home: string;
  /** Read in place of the two files, and of the context in use. */
  readonly configFile?: string | undefined;
  /** The context that a flag names. */
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of flags by the names of the keys in the files; undefined if a flag was not given. */
  readonly flags: Readonly<Record<string, unknown>>;
}

type Layer = Readonly<Record<string, unknown>>;

const KEYS = {
  api_base_url: text,
  namespace: text,
  token: text,
  detail: yesOrNo,
  output_format: format,
  debug: yesOrNo,
  insecure_skip_tls_verify: yesOrNo,
} as const;

/**
 * Merges, later wins: defaults, `~/.gofer.toml`, `~/.config/gofer.toml`, the context in use, `GOFER_*` variables, the context
 * that a flag names, flags. Nobody has to type the token of a local installation: without a configured one it is read from
 * where the installation keeps it.
 *
 * @throws CommandError naming the file or variable and the key
 */
export async function loadSettings(sources: Sources): Promise<Settings> {
  const { home, env, flags } = sources;
  const chosen = chooseContext(sources);
  const ofContext = chosen ? contextLayer(chosen.context) : {};
  const byFlag = sources.context !== undefined;
  const merged: Layer = Object.assign(
    {},
    ...(await readFiles(sources)),
    byFlag ? {} : ofContext,
    readEnvironment(env),
    byFlag ? ofContext : {},
    Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)),
  );
  const configured = {
    apiBaseUrl: merged['api_base_url'] as string | undefined,
    token: merged['token'] as string | undefined,
  };
  // A context's token is for its server: it must not go to another one that a variable or flag names.
  const elsewhere = chosen && !sameOrigin(chosen.context.api_base_url, configured.apiBaseUrl ?? '');
  if (elsewhere && configured.token === chosen.context.token) configured.token = undefined;
  return {
    ...findInstallation(configured, home, env),
    namespace: (merged['namespace'] as string | undefined) ?? 'default',
    detail: merged['detail'] === true,
    outputFormat: (merged['output_format'] as OutputFormat | undefined) ?? 'plain',
    debug: merged['debug'] === true,
    insecureSkipTlsVerify: merged['insecure_skip_tls_verify'] === true,
    context: elsewhere ? undefined : chosen?.name,
  };
}

async function readFiles({ home, configFile }: Sources): Promise<Layer[]> {
  if (configFile === undefined) {
    return [await readToml(join(home, '.gofer.toml')), await readToml(join(home, '.config', 'gofer.toml'))];
  }
  if (!existsSync(configFile)) {
    throw new CommandError(`${configFile} does not exist`, EXIT.usage, [`make it: gofer config init ${configFile}`]);
  }
  return [await readToml(configFile)];
}

function chooseContext({ home, env, configFile, context: named }: Sources) {
  const wanted = named ?? (env['GOFER_CONTEXT'] || undefined);
  if (wanted === undefined && configFile !== undefined) return undefined;
  const contexts = readContexts(home);
  const name = wanted ?? contexts.current;
  return name === undefined ? undefined : { name, context: findContext(contexts, name) };
}

/** A context stands for a whole server, so that it hides a token of another one. */
function contextLayer(context: Context): Layer {
  return { token: undefined, ...pickKnown({ ...context }, (key) => `${key} of the context`) };
}

const DEFAULT_API_BASE_URL = 'http://127.0.0.1:8080/';

interface Installation {
  readonly apiBaseUrl: string;
  readonly token: string | undefined;
}

/** `gofer service start` leaves the address and the place of the token of the newest local stack in `local.json`. */
function findInstallation(
  configured: { apiBaseUrl: string | undefined; token: string | undefined },
  home: string,
  env: Sources['env'],
): Installation {
  const pointer = readPointer(join(home, '.config', 'gofer', 'local.json'));
  const apiBaseUrl = configured.apiBaseUrl ?? pointer?.api_base_url ?? DEFAULT_API_BASE_URL;
  if (configured.token !== undefined) return { apiBaseUrl, token: configured.token };
  if (env['GOFER_TOKEN_FILE']) return { apiBaseUrl, token: readToken(env['GOFER_TOKEN_FILE']) };
  if (!isLoopback(apiBaseUrl)) return { apiBaseUrl, token: undefined };
  const pointed = pointer && sameOrigin(pointer.api_base_url, apiBaseUrl) ? readToken(pointer.token_file) : undefined;
  return { apiBaseUrl, token: pointed ?? readToken(join(home, '.config', 'gofer', 'token')) };
}

async function readToml(file: string): Promise<Layer> {
  if (!existsSync(file)) return {};
  const { parse } = await import('smol-toml');
  let parsed: Layer;
  try {
    parsed = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(`${file} cannot be read as TOML: ${(error as Error).message}`, EXIT.usage);
  }
  return pickKnown(parsed, (key) => `${key} in ${file}`);
}

function readEnvironment(env: Sources['env']): Layer {
  const values = Object.keys(KEYS).map((key) => [key, env[`GOFER_${key.toUpperCase()}`] || undefined] as const);
  const given = Object.fromEntries(values.filter(([, value]) => value !== undefined));
  return pickKnown(given, (key) => `the environment variable GOFER_${key.toUpperCase()}`);
}

function pickKnown(layer: Layer, where: (key: string) => string): Layer {
  const known = Object.entries(KEYS).filter(([key]) => key in layer);
  return Object.fromEntries(known.map(([key, check]) => [key, check(layer[key], where(key))]));
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw wrong(where, 'text', value);
}

function yesOrNo(value: unknown, where: string): boolean {
  const word = String(value).toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  throw wrong(where, 'true or false', value);
}

function format(value: unknown, where: string): OutputFormat {
  const known = OUTPUT_FORMATS.find((name) => name === String(value).toLowerCase());
  if (known) return known;
  throw wrong(where, OUTPUT_FORMATS.join(', '), value);
}

function wrong(where: string, wanted: string, value: unknown): CommandError {
  return new CommandError(`${where} must be ${wanted}, not ${JSON.stringify(value)}`, EXIT.usage);
}

function readPointer(file: string): { api_base_url: string; token_file: string } | undefined {
  const content = readIfThere(file);
  if (content === undefined) return undefined;
  try {
    const { api_base_url, token_file } = JSON.parse(content) as Layer;
    if (typeof api_base_url === 'string' && typeof token_file === 'string') return { api_base_url, token_file };
  } catch {
    // A half-written pointer is as good as none.
  }
  return undefined;
}

function readToken(file: string): string | undefined {
  return readIfThere(file)?.trim() || undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const host = new URL(address).hostname;
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

function sameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}
