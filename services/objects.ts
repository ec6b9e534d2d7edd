import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ByteRange, StoredBlob } from '../backends/objects/contract.ts';
import { ensureError, ErrorKind, GoferError, invalid, notFound } from '../core/errors.ts';
import { isKey, KEY_RULE, type RunRef } from '../core/ids.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { StoredObject } from '../sdk/wire.ts';
import { getExtension } from '../store/extensions.ts';
import {
  deleteObject as deleteRecord,
  findObject,
  getObject,
  inheritObject,
  listRunObjects,
  putObject as putRecord,
  type ObjectScope,
} from '../store/objects.ts';
import { getPipeline } from '../store/pipelines.ts';
import { getRun } from '../store/runs.ts';
import { type BlobDependencies, removeReleasedBytes } from './blob-removals.ts';
import { verified } from './verified-bytes.ts';

export interface ObjectDependencies extends BlobDependencies {
  /** How many objects a pipeline keeps: a new one replaces the oldest. 0 means any number. */
  readonly pipelineObjectLimit: number;
}

/**
 * Stores an object: first its bytes, under a new name, then the record that names them, then away with what the record named
 * before. A crash in between leaves bytes that nothing names, never a record without its bytes.
 *
 * @throws GoferError `not_found` if what it is to belong to is missing, `conflict` if the key is taken and not `force`
 */
export async function putObject(
  deps: ObjectDependencies,
  scope: ObjectScope,
  key: string,
  bytes: Readable,
  force: boolean,
): Promise<StoredObject> {
  if (!isKey(key))
    throw invalid('the object is not valid', [{ path: 'key', value: key, message: `must be ${KEY_RULE}` }]);
  await requireOwner(deps.db, scope);
  const present = force ? null : await findObject(deps.db, scope, key);
  if (present && !present.inherited) {
    throw new GoferError(ErrorKind.Conflict, `object '${key}' exists already; force replaces it`);
  }
  const blob = randomUUID();
  const stored = await deps.objects.put(blob, bytes);
  try {
    const limit = 'pipeline' in scope && !('run' in scope) ? deps.pipelineObjectLimit : 0;
    const object = await deps.db.$transaction((tx) => putRecord(tx, scope, { key, blob, ...stored }, { force, limit }));
    if (force || present || limit > 0) await removeReleasedBytes(deps);
    return object;
  } catch (error) {
    // A refusal means that there is no record. After any other error there may be one: then the sweep will see.
    if (error instanceof GoferError) await discard(deps, blob);
    throw error;
  }
}

/** An object and how to open its bytes. */
export interface ReadableObject extends StoredBlob {
  /**
   * All bytes, which fail before their end if they are not those that were stored, or a range of them, unchecked. The
   * stream has to be read to its end or destroyed.
   *
   * @throws GoferError `not_found` if there are none
   */
  open(range?: ByteRange): Promise<Readable>;
}

/** @throws GoferError `not_found` */
export async function readObject(
  { db, objects }: Pick<ObjectDependencies, 'db' | 'objects'>,
  scope: ObjectScope,
  key: string,
): Promise<ReadableObject> {
  const { blob, sha256, ...row } = await getObject(db, scope, key);
  const size = Number(row.size);
  return {
    size,
    sha256,
    async open(range) {
      const bytes = await objects.get(blob, range);
      if (!bytes) throw notFound('the bytes of object', key);
      return range ? bytes : verified(bytes, { size, sha256 }, `object '${key}'`);
    },
  };
}

/** Gives a run the objects of the one that it repeats, as far as these still exist. Repeatable until the run uses them. */
export async function inheritObjects(
  { db, objects }: Pick<ObjectDependencies, 'db' | 'objects'>,
  run: RunRef,
  from: RunRef,
): Promise<void> {
  const present = new Set((await listRunObjects(db, run)).map(({ key }) => key));
  for (const { key, blob: original } of await listRunObjects(db, from)) {
    const bytes = present.has(key) ? undefined : await objects.get(original);
    if (!bytes) continue;
    const blob = randomUUID();
    await inheritObject(db, run, { key, blob, ...(await objects.put(blob, bytes)) });
  }
}

/** @throws GoferError `not_found` */
export async function deleteObject(deps: ObjectDependencies, scope: ObjectScope, key: string): Promise<void> {
  await deleteRecord(deps.db, scope, key);
  await removeReleasedBytes(deps);
}

async function requireOwner(db: PrismaClient, scope: ObjectScope): Promise<void> {
  if ('extension' in scope) await getExtension(db, scope.extension);
  else if ('run' in scope) await getRun(db, scope);
  else await getPipeline(db, scope);
}

/** Should that fail, the sweep finds them. */
async function discard({ objects, logger }: ObjectDependencies, blob: string): Promise<void> {
  await objects
    .remove(blob)
    .catch((error: unknown) => logger.warn({ err: ensureError(error), blob }, 'bytes not removed'));
}
