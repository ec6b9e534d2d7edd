import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type ObjectStore, shardOf, SHARDS } from '../../backends/objects/contract.ts';
import { createFileObjectStore } from '../../backends/objects/files.ts';
import { type BlobDependencies, removeReleasedBytes } from '../../services/blob-removals.ts';
import { expireObjects } from '../../services/object-expiry.ts';
import { sweepShard } from '../../services/object-sweep.ts';
import { deletePipeline } from '../../store/pipelines.ts';
import { openStore, type Store } from '../../store/client.ts';
import { temporaryFolder } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { call, createNamespace, expectError, HEADERS, NAMESPACE, place, registered } from './helpers/raw-api.ts';

const gofer = clientFor();
let folder = '';
let store: Store;
let objects: ObjectStore;
let deps: BlobDependencies;

beforeAll(async () => {
  await createNamespace();
  folder = await temporaryFolder();
  store = openStore(inject('cluster').databaseUrl, () => undefined);
  objects = createFileObjectStore(join(folder, 'objects'));
  deps = { db: store.db, objects, logger: pino({ level: 'silent' }) };
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Whether the store has bytes of this name. */
async function has(blob: string): Promise<boolean> {
  const stream = await objects.get(blob);
  stream?.destroy();
  return stream !== undefined;
}

const put = (path: string, bytes: string) => call('POST', `${path}?force=true`, bytes, HEADERS);
const all = async (work: () => Promise<{ more: boolean }>) => {
  while ((await work()).more);
};

test('the objects of complete runs expire, except for those of the newest runs', async () => {
  const id = uniqueId('expiry');
  await gofer.configs.register('default', pipelineOf(id, shellTask('main', 'true')));
  const runs = `/api/namespaces/default/pipelines/${id}/runs`;
  for (let run = 1; run <= 4; run += 1) {
    await gofer.runs.start({ namespace: 'default', pipeline: id });
    await put(`${runs}/${run}/objects/key`, `of run ${run}`);
    await untilComplete(gofer, { namespace: 'default', pipeline: id, run });
  }
  await all(() => expireObjects(deps, 2));
  const expired = (await gofer.runs.list({ namespace: 'default', pipeline: id })).runs.map(
    (run) => run.store_objects_expired,
  );
  expect(expired).toEqual([true, true, false, false]);
  expectError(await call('GET', `${runs}/2/objects/key`), 404);
  expect((await call('GET', `${runs}/3/objects/key`)).text).toBe('of run 3');
  expectError(await put(`${runs}/1/objects/late`, 'x'), 409);
});

test('the objects of a run that is not over stay, however many newer ones there are', async () => {
  const id = uniqueId('expiry');
  const script = 'until [ -z "$HOLD" ] || [ -e /go ]; do sleep 0.05; done';
  const ref = { namespace: 'default', pipeline: id };
  await startRunOf(gofer, pipelineOf(id, shellTask('main', script)), { HOLD: 'yes' });
  await put(`/api/namespaces/default/pipelines/${id}/runs/1/objects/key`, 'x');
  for (const run of [2, 3]) {
    await gofer.runs.start(ref);
    await untilComplete(gofer, { ...ref, run });
  }
  await all(() => expireObjects(deps, 2));
  expect((await gofer.runs.get({ ...ref, run: 1 })).run.store_objects_expired).toBe(false);
  expect((await call('GET', `/api/namespaces/default/pipelines/${id}/runs/1/objects/key`)).text).toBe('x');
  await gofer.runs.cancel({ ...ref, run: 1 });
  await untilComplete(gofer, { ...ref, run: 1 });
  await all(() => expireObjects(deps, 2));
  expect((await gofer.runs.get({ ...ref, run: 1 })).run.store_objects_expired).toBe(true);
});

/** Bytes with a record, of which only the store of this file knows. */
async function recorded(pipeline: string, blob: string = randomUUID()): Promise<string> {
  const { size, sha256 } = await objects.put(blob, Readable.from([Buffer.from('bytes')]));
  await store.db.object.create({
    data: { blob, namespaceId: NAMESPACE, pipelineId: pipeline, key: blob, size, sha256 },
  });
  return blob;
}

test('bytes that are released before a crash are removed after it', async () => {
  const pipeline = await registered();
  const blobs = await Promise.all(Array.from({ length: 5 }, () => recorded(pipeline)));
  // As far as the crash lets it go: the records are gone, and nothing else.
  await deletePipeline(store.db, { namespace: NAMESPACE, pipeline });
  for (const blob of blobs) expect(await has(blob)).toBe(true);
  await all(() => removeReleasedBytes(deps));
  for (const blob of blobs) expect(await has(blob)).toBe(false);
});

test('bytes that cannot be removed stay on the list, and hold nobody up', async () => {
  const pipeline = await registered();
  const [bad, good] = [await recorded(pipeline), await recorded(pipeline)];
  await call('DELETE', place(pipeline));
  await store.db.blobRemoval.createMany({ data: [bad, good].map((blob) => ({ blob })), skipDuplicates: true });
  const failing: ObjectStore = {
    ...objects,
    remove: (blob) => (blob === bad ? Promise.reject(new Error('no')) : objects.remove(blob)),
  };
  await all(() => removeReleasedBytes({ ...deps, objects: failing }));
  expect(await has(good)).toBe(false);
  const waiting = await store.db.blobRemoval.findUnique({ where: { blob: bad } });
  expect(waiting?.due.getTime()).toBeGreaterThan(Date.now() + 15_000);
});

test('the sweep tells rubbish from what is being written, and finds what is missing', async () => {
  const pipeline = await registered();
  // Other tests have no objects in this shard, as long as it is the same for all names here.
  const shard = SHARDS[Math.floor(Math.random() * 256)]!;
  const name = () => randomUUID().slice(0, -2) + shard;
  const kept = await recorded(pipeline, name());
  const lost = await recorded(pipeline, name());
  await objects.remove(lost);
  const orphan = name();
  await objects.put(orphan, Readable.from([Buffer.from('nobody knows me')]));
  expect(shardOf(orphan)).toBe(shard);

  const early = await sweepShard(deps, shard);
  expect(early.orphans).toBe(0);
  expect(early.missing).toContain(lost);
  expect(early.missing).not.toContain(kept);

  expect((await sweepShard(deps, shard, 0)).orphans).toBe(1);
  await all(() => removeReleasedBytes(deps));
  expect(await has(orphan)).toBe(false);
  expect(await has(kept)).toBe(true);
});

test('bytes that get their record after the sweep took them for rubbish stay', async () => {
  const pipeline = await registered();
  const blob = randomUUID();
  await objects.put(blob, Readable.from([Buffer.from('late')]));
  expect((await sweepShard(deps, shardOf(blob), 0)).orphans).toBe(1);
  await recorded(pipeline, blob);
  await all(() => removeReleasedBytes(deps));
  expect(await has(blob)).toBe(true);
  expect(await store.db.blobRemoval.findUnique({ where: { blob } })).toBeNull();
});
