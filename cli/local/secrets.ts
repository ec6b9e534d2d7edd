import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ensureError } from '../../core/errors.ts';
import { parseReference } from '../../core/interpolation.ts';
import type { PipelineDocument } from '../../core/pipeline-config.ts';
import { CommandError, EXIT } from '../errors.ts';

/** A secret that a pipeline refers to, with its value. */
export interface LocalSecret {
  readonly kind: 'pipeline_secret' | 'global_secret';
  readonly key: string;
  readonly content: string;
}

/** The file that is read without being asked for, if it is there. */
const DEFAULT_FILE = '.env';

/**
 * The variables of files such as `.env`; later files win.
 *
 * @throws CommandError if one cannot be read
 */
export function readEnvFiles(files: readonly string[]): Readonly<Record<string, string>> {
  const chosen = files.length > 0 ? files : [DEFAULT_FILE].filter((file) => existsSync(file));
  return Object.assign({}, ...chosen.map(readEnvFile)) as Record<string, string>;
}

function readEnvFile(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${ensureError(error).message}`, EXIT.usage);
  }
}

/**
 * The secrets that a pipeline, or a variable given to its run, refers to. The one with the key `db-password` is the variable
 * `db-password` or `DB_PASSWORD`.
 *
 * @throws CommandError naming all that are missing
 */
export function findSecrets(
  document: PipelineDocument,
  variables: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): LocalSecret[] {
  const texts = [
    ...Object.values(variables),
    ...document.tasks.flatMap(({ variables: own, registry_auth: auth }) => [
      ...Object.values(own ?? {}),
      ...(auth ? [auth.user, auth.pass] : []),
    ]),
  ];
  const wanted = new Map<string, { kind: LocalSecret['kind']; key: string }>();
  for (const text of texts) {
    const reference = parseReference(text);
    if (reference?.kind !== 'pipeline_secret' && reference?.kind !== 'global_secret') continue;
    wanted.set(`${reference.kind} ${reference.key}`, { kind: reference.kind, key: reference.key });
  }
  const found = [...wanted.values()].map((secret) => ({
    ...secret,
    content: env[secret.key] ?? env[nameFor(secret.key)],
  }));
  const missing = found.filter(({ content }) => content === undefined).map(({ key }) => key);
  if (missing.length > 0) {
    throw new CommandError(`the pipeline needs secrets that are not given: ${missing.join(', ')}`, EXIT.usage, [
      `write them to a file and give it with --env-file, or to ${DEFAULT_FILE} in this folder:`,
      ...missing.map((key) => `  ${nameFor(key)}=...`),
    ]);
  }
  return found.map(({ content = '', ...secret }) => ({ ...secret, content }));
}

/** What a secret is called where only letters, digits and underscores are allowed. */
function nameFor(key: string): string {
  return key.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
}
