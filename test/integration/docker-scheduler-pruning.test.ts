import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';
import { openStore } from '../../store/client.ts';
import { createImageUse } from '../../store/images.ts';
import { startRegistry, type Registry } from './helpers/registry.ts';
import { IMAGE, never, testContainers } from './helpers/test-containers.ts';

const HOUR_MS = 3_600_000;

const outsider = new Docker();
const store = openStore(inject('cluster').databaseUrl, () => undefined);
const scheduler = createDockerScheduler({ imageUse: createImageUse(store.db) });
const containers = testContainers(scheduler);
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
});

afterEach(async () => {
  await containers.removeAll();
  const images = await outsider.listImages({ all: true, filters: { reference: [`${registry.host}/*`] } });
  await Promise.all(images.map(({ Id: id }) => outsider.getImage(id).remove({ force: true })));
});

afterAll(async () => {
  await scheduler.close();
  await store.close();
  await registry.close();
});

async function pull(name: string): Promise<string> {
  registry.publish(name, '1');
  return ensure(`${registry.host}/${name}:1`);
}

function ensure(image: string): Promise<string> {
  return scheduler.ensureImage({ image, alwaysPull: false }, () => undefined, never);
}

/** As if the images had last been used two hours ago. */
async function age(images: readonly string[]): Promise<void> {
  const lastUsed = new Date(Date.now() - 2 * HOUR_MS);
  await store.db.pulledImage.updateMany({ where: { image: { in: [...images] } }, data: { lastUsed } });
}

async function recorded(): Promise<Set<string>> {
  const rows = await store.db.pulledImage.findMany({ where: { image: { startsWith: registry.host } } });
  return new Set(rows.map(({ image }) => image));
}

it('pruning removes what was pulled and not used for long, and nothing else', async () => {
  const [unused, renamed, inUse, gone] = [
    await pull('unused'),
    await pull('renamed'),
    await pull('in-use'),
    await pull('gone'),
  ];
  const recent = await pull('recent');
  const local = await ensure(IMAGE);
  await outsider.getImage(renamed).tag({ repo: `${registry.host}/somebodys`, tag: '1' });
  await outsider.getImage((await outsider.getImage(gone).inspect()).Id).remove();
  await containers.create(['x'], { image: inUse, imageId: inUse });
  await age([unused, renamed, inUse, gone, local]);

  const pruned = await scheduler.pruneImages(HOUR_MS);

  expect(pruned.removed).toEqual([unused]);
  expect(pruned.freedBytes).toBeGreaterThan(0);
  await expect(outsider.getImage(unused).inspect()).rejects.toMatchObject({ statusCode: 404 });
  for (const image of [renamed, inUse, recent, local]) await outsider.getImage(image).inspect();
  expect(await recorded()).toEqual(new Set([inUse, recent]));
});

it('an image that is in use counts as used again', async () => {
  const image = await pull('long-running');
  const container = await containers.create(['x'], { image, imageId: image });
  await age([image]);
  expect(await scheduler.pruneImages(HOUR_MS)).toEqual({ removed: [], freedBytes: 0 });
  await scheduler.removeContainer(container);
  expect((await scheduler.pruneImages(HOUR_MS)).removed).toEqual([]);
  await age([image]);
  expect((await scheduler.pruneImages(HOUR_MS)).removed).toEqual([image]);
});
