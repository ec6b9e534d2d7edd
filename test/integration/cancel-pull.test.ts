import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientFor, logOf, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';
import { startRegistry, type Registry } from './helpers/registry.ts';

const gofer = clientFor();
const PATIENT = { timeout: 30_000 };
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  registry.reset();
  const engine = new Docker();
  const images = await engine.listImages({ all: true, filters: { reference: [`${registry.host}/*`] } });
  await Promise.all(images.map(({ Id: id }) => engine.getImage(id).remove({ force: true })));
  await registry.close();
});

test.each(['first', 'second'])('a run is cancelled at once while its %s task gets its image', async (which) => {
  registry.publish(which, '1');
  const release = registry.holdLayers();
  const image = `${registry.host}/${which}:1`;
  const tasks = {
    first: [shellTask('pulls', 'true', { image })],
    second: [
      // It runs until the image of its child is on its way, which begins before it ends.
      shellTask('parent', 'sleep 2'),
      shellTask('pulls', 'true', { image, depends_on: { parent: 'Success' } }),
    ],
  }[which]!;
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('pull'), ...tasks));
  await expect.poll(() => registry.held, PATIENT).toBe(1);
  for await (const piece of gofer.followLogs({ ...ref, task: 'pulls' })) {
    if (piece.includes(`pulling image ${image}`)) break;
  }

  const asked = Date.now();
  await gofer.runs.cancel(ref);
  const { run, tasks: ended } = await untilComplete(gofer, ref);
  expect(Date.now() - asked).toBeLessThan(5_000);
  expect(run.status).toBe('cancelled');
  expect(ended['pulls']).toMatchObject({ status: 'cancelled', started: 0 });
  expect(await logOf(gofer, ref, 'pulls')).toContain(`gofer: pulling image ${image}`);
  release();
});
