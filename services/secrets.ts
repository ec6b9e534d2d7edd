import { ErrorKind, GoferError, invalid, notFound } from '../core/errors.ts';
import { isKey, KEY_RULE } from '../core/ids.ts';
import { RUN_TOKEN_PREFIX } from '../core/variables.ts';
import type { Secret } from '../sdk/wire.ts';
import type { Database } from '../store/client.ts';
import type { PipelineRef } from '../store/pipelines.ts';
import {
  getGlobalSecret,
  getPipelineSecret,
  putGlobalSecret as storeGlobalSecret,
  putPipelineSecret as storePipelineSecret,
} from '../store/secrets.ts';
import type { Sealer } from './sealing.ts';
import { compileTarget, isTarget } from './target-patterns.ts';

export interface SecretDependencies {
  readonly db: Database;
  readonly sealer: Sealer;
}

/** What may be shown of a secret, with its value if that was asked for. */
export interface OpenedSecret {
  readonly metadata: Secret;
  readonly secret: string | null;
}

// They say what a sealed value belongs to, so that a row copied to another key does not open.
export const pipelineIdentity = (ref: PipelineRef, key: string) =>
  `pipeline_secret:${JSON.stringify([ref.namespace, ref.pipeline, key])}`;
const globalIdentity = (key: string) => `global_secret:${JSON.stringify([key])}`;

export async function putPipelineSecret(
  { db, sealer }: SecretDependencies,
  ref: PipelineRef,
  secret: { readonly key: string; readonly content: string; readonly force: boolean },
): Promise<Secret> {
  const { key, content, force } = secret;
  checkSecret(secret);
  return storePipelineSecret(db, ref, { key, sealed: sealer.seal(content, pipelineIdentity(ref, key)) }, force);
}

export async function readPipelineSecret(
  { db, sealer }: SecretDependencies,
  ref: PipelineRef,
  key: string,
  includeSecret: boolean,
): Promise<OpenedSecret> {
  const { metadata, sealed } = await getPipelineSecret(db, ref, key);
  return { metadata, secret: includeSecret ? sealer.open(sealed, pipelineIdentity(ref, key)) : null };
}

export async function putGlobalSecret(
  { db, sealer }: SecretDependencies,
  secret: { readonly key: string; readonly content: string; readonly namespaces: string[]; readonly force: boolean },
): Promise<Secret> {
  const { key, content, namespaces, force } = secret;
  checkSecret(secret);
  const bad = namespaces.findIndex((pattern) => !isTarget(pattern));
  if (bad >= 0) {
    const problem = {
      path: `namespaces[${bad}]`,
      value: namespaces[bad],
      message: 'is not a regular expression (RE2)',
    };
    throw invalid('the secret is not valid', [problem]);
  }
  return storeGlobalSecret(db, { key, sealed: sealer.seal(content, globalIdentity(key)), namespaces }, force);
}

export async function readGlobalSecret(
  { db, sealer }: SecretDependencies,
  key: string,
  includeSecret: boolean,
): Promise<OpenedSecret> {
  const { metadata, sealed } = await getGlobalSecret(db, key);
  return { metadata, secret: includeSecret ? sealer.open(sealed, globalIdentity(key)) : null };
}

/**
 * The value of a global secret for a pipeline of a namespace.
 *
 * @throws GoferError `not_found`, also if the namespace may not use it: it need not learn that there is one
 */
export async function useGlobalSecret(deps: SecretDependencies, namespace: string, key: string): Promise<string> {
  const { metadata, secret } = await readGlobalSecret(deps, key, true);
  const allowed = metadata.namespaces.some((pattern) => compileTarget(pattern)(namespace));
  if (!allowed || secret === null) throw notFound('global secret', key);
  return secret;
}

function checkSecret({ key }: { readonly key: string }): void {
  if (key.startsWith(RUN_TOKEN_PREFIX)) {
    throw new GoferError(ErrorKind.Invalid, `keys that begin with '${RUN_TOKEN_PREFIX}' belong to the server`);
  }
  if (!isKey(key))
    throw invalid('the secret is not valid', [{ path: 'key', value: key, message: `must be ${KEY_RULE}` }]);
}
