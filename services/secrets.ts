import type { Logger } from 'pino';
import type { SecretStore } from '../backends/secrets/contract.ts';
import { ensureError, ErrorKind, GoferError, invalid, notFound } from '../core/errors.ts';
import { isKey, KEY_RULE } from '../core/ids.ts';
import type { SecretName } from '../core/secrets.ts';
import { RUN_TOKEN_PREFIX } from '../core/variables.ts';
import type { Secret } from '../sdk/wire.ts';
import type { Database } from '../store/client.ts';
import { getPipeline } from '../store/pipelines.ts';
import {
  deleteSecret as deleteRecord,
  findSecret,
  getSecret,
  putSecret as putRecord,
  type SecretRecord,
} from '../store/secrets.ts';
import { auditSecret, type Actor } from './audit.ts';
import { compileTarget, isTarget } from './target-patterns.ts';

export interface SecretDependencies {
  readonly db: Database;
  readonly secrets: SecretStore;
  readonly logger: Logger;
}

/** What may be shown of a secret, with its value if that was asked for. */
export interface OpenedSecret {
  readonly metadata: Secret;
  readonly secret: string | null;
}

export interface NewSecret {
  readonly content: string;
  /** Of a global secret: patterns of the namespaces that may use it. */
  readonly namespaces?: readonly string[];
  /** Whether to replace one that is there. */
  readonly force: boolean;
}

/**
 * Stores a secret: first its value, then the record that points to it, then away with the value it replaces.
 *
 * @throws GoferError `not_found` for a missing pipeline, `conflict` for a taken key unless `force` is set
 */
export async function putSecret(
  deps: SecretDependencies,
  actor: Actor,
  name: SecretName,
  { content, namespaces = [], force }: NewSecret,
): Promise<Secret> {
  checkSecret(name.key, namespaces);
  const { db, secrets } = deps;
  if (name.pipeline) await getPipeline(db, name.pipeline);
  const former = await findSecret(db, name);
  if (former && !force)
    throw new GoferError(ErrorKind.Conflict, `secret '${name.key}' exists already; force replaces it`);
  await auditSecret(db, actor, 'put_secret', name);
  const note = await secrets.put(name, content);
  try {
    const stored = await putRecord(db, name, { note, namespaces: [...namespaces] }, force);
    if (former) await forgetSecrets(deps, [{ name, note: former.note }]);
    return stored;
  } catch (error) {
    // A refusal means that there is no record. After any other error there may be one: then the value has to stay.
    if (error instanceof GoferError) await forgetSecrets(deps, [{ name, note }]);
    throw error;
  }
}

/** A secret, with its value if `reader` is given, who is recorded as having read it. */
export async function readSecret(
  { db, secrets }: Pick<SecretDependencies, 'db' | 'secrets'>,
  name: SecretName,
  reader?: Actor,
): Promise<OpenedSecret> {
  const { metadata, note } = await getSecret(db, name);
  if (!reader) return { metadata, secret: null };
  await auditSecret(db, reader, 'read_secret', name);
  return { metadata, secret: await secrets.get(name, note) };
}

/**
 * The value of a secret of a pipeline, or of a global one if it may be used in that pipeline's namespace.
 *
 * @throws GoferError `not_found`, also if the namespace may not use it: it need not learn that there is one
 */
export async function useSecret(
  { db, secrets }: Pick<SecretDependencies, 'db' | 'secrets'>,
  namespace: string,
  name: SecretName,
  reader: Actor,
): Promise<string> {
  const { metadata, note } = await getSecret(db, name);
  const allowed = name.pipeline || metadata.namespaces.some((pattern) => compileTarget(pattern)(namespace));
  if (!allowed) throw notFound('global secret', name.key);
  await auditSecret(db, reader, 'read_secret', name);
  return secrets.get(name, note);
}

/** @throws GoferError `not_found` */
export async function deleteSecret(deps: SecretDependencies, actor: Actor, name: SecretName): Promise<void> {
  await getSecret(deps.db, name);
  await auditSecret(deps.db, actor, 'delete_secret', name);
  await forgetSecrets(deps, [{ name, note: await deleteRecord(deps.db, name) }]);
}

/** Nothing points to these values any more, so failing to remove them only leaves them lying where they are. */
export async function forgetSecrets(
  { secrets, logger }: Pick<SecretDependencies, 'secrets' | 'logger'>,
  records: readonly SecretRecord[],
): Promise<void> {
  for (const { name, note } of records) {
    await secrets
      .forget(name, note)
      .catch((error: unknown) =>
        logger.warn({ err: ensureError(error), secret: name }, 'value of a secret not removed'),
      );
  }
}

function checkSecret(key: string, namespaces: readonly string[]): void {
  if (key.startsWith(RUN_TOKEN_PREFIX)) {
    throw new GoferError(ErrorKind.Invalid, `keys that begin with '${RUN_TOKEN_PREFIX}' belong to the server`);
  }
  const problems = namespaces.flatMap((pattern, index) =>
    isTarget(pattern)
      ? []
      : [{ path: `namespaces[${index}]`, value: pattern, message: 'is not a regular expression (RE2)' }],
  );
  if (!isKey(key)) problems.unshift({ path: 'key', value: key, message: `must be ${KEY_RULE}` });
  if (problems.length > 0) throw invalid('the secret is not valid', problems);
}
