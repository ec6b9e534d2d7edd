import { ErrorKind, GoferError, notFound } from '../core/errors.ts';
import type { RunRef } from '../core/ids.ts';
import type { Object as ObjectRow } from '../generated/prisma/client.ts';
import type { StoredObject } from '../sdk/wire.ts';
import { MAX_INTEGER, toMillis, type Database } from './client.ts';
import { isMissingParent, isUniqueViolation } from './errors.ts';
import type { PipelineRef } from './pipelines.ts';

/** What an object belongs to. */
export type ObjectScope = PipelineRef | RunRef | { readonly extension: string };

/** An object whose bytes are stored already. */
export interface NewObject {
  readonly key: string;
  /** Names its bytes in the object store. */
  readonly blob: string;
  readonly size: number;
  readonly sha256: string;
}

/** The columns that say what an object belongs to; those that do not apply are null. */
function scopeColumns(scope: ObjectScope) {
  if ('extension' in scope) return { namespaceId: null, pipelineId: null, runId: null, extensionId: scope.extension };
  // There is no run of a number beyond; 0 names none either.
  const runId = 'run' in scope ? (scope.run > MAX_INTEGER ? 0 : scope.run) : null;
  return { namespaceId: scope.namespace, pipelineId: scope.pipeline, runId, extensionId: null };
}

/** In the order of their creation. */
export async function listObjects(db: Database, scope: ObjectScope): Promise<StoredObject[]> {
  const rows = await db.object.findMany({ where: scopeColumns(scope), orderBy: [{ created: 'asc' }, { key: 'asc' }] });
  return rows.map(toObject);
}

/** The row of an object, or null. */
export async function findObject(db: Database, scope: ObjectScope, key: string): Promise<ObjectRow | null> {
  return db.object.findFirst({ where: { ...scopeColumns(scope), key } });
}

/** The names of the bytes of all objects of a namespace, of a pipeline with its runs, or of an extension. */
export async function listBlobs(
  db: Database,
  owner: { namespaceId: string; pipelineId?: string } | { extensionId: string },
): Promise<string[]> {
  return (await db.object.findMany({ where: owner, select: { blob: true } })).map(({ blob }) => blob);
}

/** @throws GoferError `not_found` */
export async function getObject(db: Database, scope: ObjectScope, key: string): Promise<ObjectRow> {
  const row = await findObject(db, scope, key);
  if (!row) throw notFound('object', key);
  return row;
}

/**
 * Records an object and returns it with the names of the bytes that nothing refers to any more: those it replaces, and
 * those of the oldest objects beyond `limit` (0: any number).
 *
 * @throws GoferError `conflict` if the key is taken and `force` is not set, `not_found` if what it belongs to is gone
 */
export async function putObject(
  tx: Database,
  scope: ObjectScope,
  object: NewObject,
  options: { readonly force: boolean; readonly limit: number },
): Promise<{ object: StoredObject; freed: readonly string[] }> {
  const columns = scopeColumns(scope);
  // One at a time: those that replace the same object must not meet.
  const lock = JSON.stringify(['objects', columns]);
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`;
  const freed: string[] = [];
  const current = await findObject(tx, scope, object.key);
  if (current && !options.force) throw taken(object.key);
  if (current) {
    await tx.object.deleteMany({ where: { blob: current.blob } });
    freed.push(current.blob);
  }
  const row = await tx.object.create({ data: { ...columns, ...object } }).catch((error: unknown) => {
    if (isUniqueViolation(error)) throw taken(object.key);
    throw isMissingParent(error) ? notFound('the owner of object', object.key) : error;
  });
  if (options.limit > 0) freed.push(...(await removeOldest(tx, columns, options.limit)));
  return { object: toObject(row), freed };
}

/** Deletes the record of an object and returns the name of its bytes. */
export async function deleteObject(tx: Database, scope: ObjectScope, key: string): Promise<string> {
  const { blob } = await getObject(tx, scope, key);
  await tx.object.deleteMany({ where: { blob } });
  return blob;
}

async function removeOldest(tx: Database, columns: ReturnType<typeof scopeColumns>, limit: number): Promise<string[]> {
  const surplus = await tx.object.findMany({
    where: columns,
    orderBy: [{ created: 'desc' }, { key: 'desc' }],
    skip: limit,
    select: { blob: true },
  });
  const blobs = surplus.map(({ blob }) => blob);
  if (blobs.length > 0) await tx.object.deleteMany({ where: { blob: { in: blobs } } });
  return blobs;
}

function taken(key: string): GoferError {
  return new GoferError(ErrorKind.Conflict, `object '${key}' exists already; force replaces it`);
}

function toObject(row: ObjectRow): StoredObject {
  return { key: row.key, created: toMillis(row.created) };
}
