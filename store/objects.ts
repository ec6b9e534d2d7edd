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

/** @throws GoferError `not_found` */
export async function getObject(db: Database, scope: ObjectScope, key: string): Promise<ObjectRow> {
  const row = await findObject(db, scope, key);
  if (!row) throw notFound('object', key);
  return row;
}

/**
 * Records an object in place of the one that has its key, and deletes the oldest beyond `limit` (0: any number).
 *
 * @throws GoferError `conflict` if the key is taken and `force` is not set, or if it belongs to a run whose objects have
 * expired; `not_found` if what it belongs to is gone
 */
export async function putObject(
  tx: Database,
  scope: ObjectScope,
  object: NewObject,
  options: { readonly force: boolean; readonly limit: number },
): Promise<StoredObject> {
  const columns = scopeColumns(scope);
  // One at a time: those that replace the same object must not meet.
  const lock = JSON.stringify(['objects', columns]);
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`;
  if ('run' in scope) await refuseExpired(tx, scope);
  const current = await findObject(tx, scope, object.key);
  if (current && !current.inherited && !options.force) throw taken(object.key);
  if (current) await tx.object.deleteMany({ where: { blob: current.blob } });
  const row = await tx.object.create({ data: { ...columns, ...object } }).catch((error: unknown) => {
    if (isUniqueViolation(error)) throw taken(object.key);
    throw isMissingParent(error) ? notFound('the owner of object', object.key) : error;
  });
  if (options.limit > 0) await removeOldest(tx, columns, options.limit);
  return toObject(row);
}

/** The records of what a run has stored. */
export function listRunObjects(db: Database, run: RunRef): Promise<ObjectRow[]> {
  return db.object.findMany({ where: scopeColumns(run) });
}

/** Records an object that a run keeps from another one. */
export async function inheritObject(db: Database, run: RunRef, object: NewObject): Promise<void> {
  await db.object.create({ data: { ...scopeColumns(run), ...object, inherited: true } });
}

/** @throws GoferError `not_found` */
export async function deleteObject(tx: Database, scope: ObjectScope, key: string): Promise<void> {
  const { blob } = await getObject(tx, scope, key);
  await tx.object.deleteMany({ where: { blob } });
}

async function removeOldest(tx: Database, columns: ReturnType<typeof scopeColumns>, limit: number): Promise<void> {
  const surplus = await tx.object.findMany({
    where: columns,
    orderBy: [{ created: 'desc' }, { key: 'desc' }],
    skip: limit,
    select: { blob: true },
  });
  if (surplus.length > 0) await tx.object.deleteMany({ where: { blob: { in: surplus.map(({ blob }) => blob) } } });
}

/** The lock makes an expiry wait until the object is recorded, and then it goes with the others. */
async function refuseExpired(tx: Database, run: RunRef): Promise<void> {
  // The record will need this one as well. Whoever admits the run takes the two in this order.
  await tx.$executeRaw`
    select from pipelines where namespace_id = ${run.namespace} and pipeline_id = ${run.pipeline} for key share`;
  const [row] = await tx.$queryRaw<{ expired: boolean }[]>`
    select store_objects_expired expired from runs
    where namespace_id = ${run.namespace} and pipeline_id = ${run.pipeline} and run_id = ${run.run} for share`;
  if (row?.expired) throw new GoferError(ErrorKind.Conflict, `the objects of run ${run.run} have expired`);
}

/**
 * Deletes the objects of complete runs, except for the newest `keptRuns` of each pipeline, and marks those runs. At most
 * `limit` of them; returns how many they were.
 */
export async function expireRunObjects(db: Database, keptRuns: number, limit: number): Promise<number> {
  return db.$executeRaw`
    with expired as (
      select namespace_id, pipeline_id, run_id from runs join pipelines using (namespace_id, pipeline_id)
      where ended is not null and not store_objects_expired and run_id <= last_run - ${keptRuns}
      limit ${limit} for update of runs skip locked
    ), gone as (
      delete from objects using expired
      where (objects.namespace_id, objects.pipeline_id, objects.run_id)
        = (expired.namespace_id, expired.pipeline_id, expired.run_id)
    )
    update runs set store_objects_expired = true from expired
    where (runs.namespace_id, runs.pipeline_id, runs.run_id)
      = (expired.namespace_id, expired.pipeline_id, expired.run_id)`;
}

function taken(key: string): GoferError {
  return new GoferError(ErrorKind.Conflict, `object '${key}' exists already; force replaces it`);
}

function toObject(row: ObjectRow): StoredObject {
  return { key: row.key, created: toMillis(row.created), size: Number(row.size), sha256: row.sha256 };
}
