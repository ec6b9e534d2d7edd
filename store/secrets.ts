import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { Secret } from '../sdk/wire.ts';
import { toMillis, type Database } from './client.ts';
import { isMissingRow, isUniqueViolation } from './errors.ts';
import { getPipeline, pipelineKey, type PipelineRef } from './pipelines.ts';

/** A stored secret: what may be shown of it, and its sealed value. */
export interface SealedSecret {
  readonly metadata: Secret;
  readonly sealed: string;
}

export async function listPipelineSecrets(db: Database, ref: PipelineRef): Promise<Secret[]> {
  const rows = await db.pipelineSecret.findMany({ where: pipelineKey(ref), orderBy: { key: 'asc' } });
  return rows.map((row) => toSecret(row, [row.namespaceId]));
}

export async function getPipelineSecret(db: Database, ref: PipelineRef, key: string): Promise<SealedSecret> {
  const where = { namespaceId_pipelineId_key: { ...pipelineKey(ref), key } };
  const row = await db.pipelineSecret.findUnique({ where });
  if (!row) throw notFound(`secret of pipeline '${ref.namespace}/${ref.pipeline}'`, key);
  return { metadata: toSecret(row, [ref.namespace]), sealed: row.sealed };
}

/** @throws GoferError `not_found` for a missing pipeline, `conflict` for a taken key unless `force` is set */
export async function putPipelineSecret(
  db: Database,
  ref: PipelineRef,
  secret: { key: string; sealed: string },
  force: boolean,
): Promise<Secret> {
  await getPipeline(db, ref);
  const data = { ...pipelineKey(ref), ...secret };
  const where = { namespaceId_pipelineId_key: { ...pipelineKey(ref), key: secret.key } };
  const row = await orConflict(secret.key, () =>
    force
      ? db.pipelineSecret.upsert({ where, create: data, update: { sealed: secret.sealed, created: new Date() } })
      : db.pipelineSecret.create({ data }),
  );
  return toSecret(row, []);
}

export async function deletePipelineSecret(db: Database, ref: PipelineRef, key: string): Promise<void> {
  const where = { namespaceId_pipelineId_key: { ...pipelineKey(ref), key } };
  await orMissing(`secret of pipeline '${ref.namespace}/${ref.pipeline}'`, key, () =>
    db.pipelineSecret.delete({ where }),
  );
}

/** Deletes those of the given secrets that exist. */
export async function deletePipelineSecrets(db: Database, ref: PipelineRef, keys: readonly string[]): Promise<void> {
  await db.pipelineSecret.deleteMany({ where: { ...pipelineKey(ref), key: { in: [...keys] } } });
}

/** In the order of their creation. */
export async function listGlobalSecrets(db: Database): Promise<Secret[]> {
  const rows = await db.globalSecret.findMany({ orderBy: [{ created: 'asc' }, { key: 'asc' }] });
  return rows.map((row) => toSecret(row, row.namespaces));
}

export async function getGlobalSecret(db: Database, key: string): Promise<SealedSecret> {
  const row = await db.globalSecret.findUnique({ where: { key } });
  if (!row) throw notFound('global secret', key);
  return { metadata: toSecret(row, row.namespaces), sealed: row.sealed };
}

/** @throws GoferError `conflict` for a taken key unless `force` is set */
export async function putGlobalSecret(
  db: Database,
  secret: { key: string; sealed: string; namespaces: string[] },
  force: boolean,
): Promise<Secret> {
  const { key, sealed, namespaces } = secret;
  const row = await orConflict(key, () =>
    force
      ? db.globalSecret.upsert({ where: { key }, create: secret, update: { sealed, namespaces, created: new Date() } })
      : db.globalSecret.create({ data: secret }),
  );
  return toSecret(row, row.namespaces);
}

export async function deleteGlobalSecret(db: Database, key: string): Promise<void> {
  await orMissing('global secret', key, () => db.globalSecret.delete({ where: { key } }));
}

async function orConflict<T>(key: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GoferError(ErrorKind.Conflict, `secret '${key}' exists already; force replaces it`);
  }
}

async function orMissing(what: string, key: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isMissingRow(error)) throw error;
    throw notFound(what, key);
  }
}

function toSecret(row: { key: string; created: Date }, namespaces: string[]): Secret {
  return { key: row.key, namespaces, created: toMillis(row.created) };
}
