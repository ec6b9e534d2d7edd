import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { SecretName } from '../core/secrets.ts';
import type { Secret } from '../sdk/wire.ts';
import { toMillis, type Database } from './client.ts';
import { isMissingRow, isUniqueViolation } from './errors.ts';
import { getPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';

/** Where the value of a secret is found, as its store has noted it. */
export interface SecretRecord {
  readonly name: SecretName;
  readonly note: string;
}

/** A stored secret: what may be shown of it, and where its value is. */
export interface StoredSecret {
  readonly metadata: Secret;
  readonly note: string;
}

export async function listPipelineSecrets(db: Database, ref: PipelineRef): Promise<Secret[]> {
  const rows = await db.pipelineSecret.findMany({ where: pipelineKey(ref), orderBy: { key: 'asc' } });
  return rows.map((row) => toSecret(row, [row.namespaceId]));
}

/** In the order of their creation. */
export async function listGlobalSecrets(db: Database): Promise<Secret[]> {
  const rows = await db.globalSecret.findMany({ orderBy: [{ created: 'asc' }, { key: 'asc' }] });
  return rows.map((row) => toSecret(row, row.namespaces));
}

/** Where the values of all secrets of a namespace, or of one of its pipelines, are. */
export async function listSecretRecords(db: Database, namespace: string, pipeline?: string): Promise<SecretRecord[]> {
  const rows = await db.pipelineSecret.findMany({
    where: { namespaceId: namespace, ...(pipeline !== undefined && { pipelineId: pipeline }) },
    select: { pipelineId: true, key: true, sealed: true },
  });
  return rows.map((row) => ({
    name: { pipeline: { namespace, pipeline: row.pipelineId }, key: row.key },
    note: row.sealed,
  }));
}

export async function getSecret(db: Database, name: SecretName): Promise<StoredSecret> {
  const secret = await findSecret(db, name);
  if (!secret) throw missingSecret(name);
  return secret;
}

export async function findSecret(db: Database, { pipeline, key }: SecretName): Promise<StoredSecret | undefined> {
  if (pipeline) {
    const row = await db.pipelineSecret.findUnique({ where: rowOf(pipeline, key) });
    return row ? { metadata: toSecret(row, [pipeline.namespace]), note: row.sealed } : undefined;
  }
  const row = await db.globalSecret.findUnique({ where: { key } });
  return row ? { metadata: toSecret(row, row.namespaces), note: row.sealed } : undefined;
}

/** @throws GoferError `not_found` for a missing pipeline, `conflict` for a taken key unless `force` is set */
export async function putSecret(
  db: Database,
  { pipeline, key }: SecretName,
  { note: sealed, namespaces }: { note: string; namespaces: string[] },
  force: boolean,
): Promise<Secret> {
  const created = new Date();
  try {
    if (!pipeline) {
      const data = { key, sealed, namespaces };
      const update = { sealed, namespaces, created };
      const row = await (force
        ? db.globalSecret.upsert({ where: { key }, create: data, update })
        : db.globalSecret.create({ data }));
      return toSecret(row, row.namespaces);
    }
    await getPipeline(db, pipeline);
    const data = { ...pipelineKey(pipeline), key, sealed };
    const row = await (force
      ? db.pipelineSecret.upsert({ where: rowOf(pipeline, key), create: data, update: { sealed, created } })
      : db.pipelineSecret.create({ data }));
    return toSecret(row, []);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GoferError(ErrorKind.Conflict, `secret '${key}' exists already; force replaces it`);
  }
}

/** Returns where its value is. */
export async function deleteSecret(db: Database, name: SecretName): Promise<string> {
  const { pipeline, key } = name;
  try {
    const row = await (pipeline
      ? db.pipelineSecret.delete({ where: rowOf(pipeline, key) })
      : db.globalSecret.delete({ where: { key } }));
    return row.sealed;
  } catch (error) {
    if (!isMissingRow(error)) throw error;
    throw missingSecret(name);
  }
}

/** Deletes those of the given secrets that exist. Their values have to be in their records. */
export async function deletePipelineSecrets(db: Database, ref: PipelineRef, keys: readonly string[]): Promise<void> {
  await db.pipelineSecret.deleteMany({ where: { ...pipelineKey(ref), key: { in: [...keys] } } });
}

function rowOf(pipeline: PipelineRef, key: string) {
  return { namespaceId_pipelineId_key: { ...pipelineKey(pipeline), key } };
}

function missingSecret({ pipeline, key }: SecretName): GoferError {
  return notFound(pipeline ? `secret of pipeline '${pipeline.namespace}/${pipeline.pipeline}'` : 'global secret', key);
}

function toSecret(row: { key: string; created: Date }, namespaces: string[]): Secret {
  return { key: row.key, namespaces, created: toMillis(row.created) };
}
