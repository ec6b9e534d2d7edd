import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SchedulerFailure, type Scheduler } from '../../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../../backends/scheduler/docker/index.ts';
import { startRegistry, type Registry } from './helpers/registry.ts';
import { never, testContainers } from './helpers/test-containers.ts';

const outsider = new Docker();
const nobody = () => {};
const PATIENT = { timeout: 30_000 };
let registry: Registry;
let scheduler: Scheduler;
let containers: ReturnType<typeof testContainers>;

beforeAll(async () => {
  registry = await startRegistry();
});

beforeEach(() => {
  scheduler = createDockerScheduler();
  containers = testContainers(scheduler);
});

afterEach(async () => {
  await containers.removeAll();
  await scheduler.close();
  registry.reset();
  const images = await outsider.listImages({ all: true, filters: { reference: [`${registry.host}/*`] } });
  await Promise.all(images.map(({ Id: id }) => outsider.getImage(id).remove({ force: true })));
});

afterAll(() => registry.close());

/** Publishes a new image, and returns its name. */
function publish(name: string, tag = '1'): string {
  registry.publish(name, tag);
  return `${registry.host}/${name}:${tag}`;
}

function collect() {
  const lines: string[] = [];
  return { lines, report: (line: string) => void lines.push(line) };
}

describe('a pull', () => {
  it('is shared by all that want the same image at once', async () => {
    const image = publish('shared');
    const release = registry.holdLayers();
    const progress = Array.from({ length: 20 }, collect);
    const pulls = progress.map(({ report }) => scheduler.ensureImage({ image, alwaysPull: false }, report, never));
    await expect.poll(() => registry.held, PATIENT).toBe(1);
    release();
    const found = new Set(await Promise.all(pulls));
    expect([...found]).toEqual([expect.stringContaining(`${registry.host}/shared@sha256:`)]);
    expect(registry.lookups('shared', '1')).toBe(1);
    for (const { lines } of progress) expect(lines[0]).toBe(`pulling image ${image}`);
  });

  it('goes on while one of those that wait for it remains', async () => {
    const image = publish('cancelled-by-one');
    const release = registry.holdLayers();
    const leaving = new AbortController();
    const gone = scheduler.ensureImage({ image, alwaysPull: false }, nobody, leaving.signal);
    const stays = scheduler.ensureImage({ image, alwaysPull: false }, nobody, never);
    await expect.poll(() => registry.held, PATIENT).toBe(1);
    leaving.abort(new Error('cancelled'));
    await expect(gone).rejects.toThrow('cancelled');
    expect(registry.held).toBe(1);
    release();
    expect(await stays).toContain('cancelled-by-one@sha256:');
  });

  it('is stopped when the last one leaves, and begins anew for the next', async () => {
    const image = publish('cancelled-by-all');
    const release = registry.holdLayers();
    const leaving = new AbortController();
    const pulls = [1, 2].map(() => scheduler.ensureImage({ image, alwaysPull: false }, nobody, leaving.signal));
    await expect.poll(() => registry.held, PATIENT).toBe(1);
    leaving.abort(new Error('cancelled'));
    for (const pull of pulls) await expect(pull).rejects.toThrow('cancelled');
    await expect.poll(() => registry.held, PATIENT).toBe(0);
    release();
    expect(await scheduler.ensureImage({ image, alwaysPull: false }, nobody, never)).toContain('cancelled-by-all@');
  });

  it('that fails does so for all that wait, and is tried again for the next', async () => {
    const image = `${registry.host}/late:1`;
    const pulls = [1, 2].map(() => scheduler.ensureImage({ image, alwaysPull: false }, nobody, never));
    for (const pull of pulls) await expect(pull).rejects.toMatchObject({ failure: SchedulerFailure.ImageNotFound });
    publish('late');
    expect(await scheduler.ensureImage({ image, alwaysPull: false }, nobody, never)).toContain('late@sha256:');
  });

  it('waits while as many as allowed are going on, and says so', async () => {
    const images = ['a', 'b', 'c'].map((name) => publish(`bounded-${name}`));
    const release = registry.holdLayers();
    const progress = images.map(collect);
    const narrow = createDockerScheduler({ maxParallelPulls: 2 });
    const pulls = images.map((image, index) =>
      narrow.ensureImage({ image, alwaysPull: false }, progress[index]?.report ?? nobody, never),
    );
    await expect.poll(() => registry.held, PATIENT).toBe(2);
    await expect.poll(() => progress.filter(({ lines }) => lines[0]?.startsWith('waiting')), PATIENT).toHaveLength(1);
    release();
    await Promise.all(pulls);
    await narrow.close();
    for (const [index, { lines }] of progress.entries()) expect(lines).toContain(`pulling image ${images[index]}`);
  });

  it('is asked for once a scope when the newest image is wanted', async () => {
    const image = publish('scoped');
    const ensure = (scope: string) => scheduler.ensureImage({ image, alwaysPull: true, scope }, nobody, never);
    const first = await ensure('run 1');
    publish('scoped');
    expect(await ensure('run 1')).toBe(first);
    expect(registry.lookups('scoped', '1')).toBe(1);
    expect(await ensure('run 2')).not.toBe(first);
    expect(registry.lookups('scoped', '1')).toBe(2);
  });
});

describe('a registry that asks for credentials', () => {
  /** Characters that look different in the two kinds of base64. */
  const auth = { user: 'somebody', pass: 'ü?>~ÿ>>>???' };

  it('is given them', async () => {
    const image = publish('protected');
    registry.protect(auth);
    expect(await scheduler.ensureImage({ image, alwaysPull: false, auth }, nobody, never)).toContain('protected@');
  });

  it.each([
    ['none', {}],
    ['wrong ones', { auth: { user: 'somebody', pass: 'wrong' } }],
  ])('refuses %s, also while somebody else pulls with the right ones', async (_, more) => {
    const image = publish(`refused-${'auth' in more}`);
    registry.protect(auth);
    const release = registry.holdLayers();
    const allowed = scheduler.ensureImage({ image, alwaysPull: true, auth }, nobody, never);
    await expect.poll(() => registry.held, PATIENT).toBe(1);
    const refused = scheduler.ensureImage({ image, alwaysPull: true, ...more }, nobody, never);
    await expect(refused).rejects.toMatchObject({
      failure: SchedulerFailure.ImageRefused,
      message: expect.not.stringContaining('wrong'),
    });
    release();
    await allowed;
  });
});

describe('an image that was found', () => {
  it('is what runs, wherever its tag moves', async () => {
    const image = publish('moving');
    const imageId = await scheduler.ensureImage({ image, alwaysPull: true }, nobody, never);
    const { Id: id } = await outsider.getImage(imageId).inspect();
    publish('moving');
    await scheduler.ensureImage({ image, alwaysPull: true }, nobody, never);
    const container = await containers.create(['x'], { image, imageId });
    expect((await outsider.getContainer(container).inspect()).Image).toBe(id);
  });

  it('and is gone again is reported as missing, and fetched when asked for again', async () => {
    const request = { image: publish('vanishing'), alwaysPull: false, scope: 'run' };
    const imageId = await scheduler.ensureImage(request, nobody, never);
    const { Id: id } = await outsider.getImage(imageId).inspect();
    await outsider.getImage(id).remove({ force: true });
    const spec = containers.spec(['x'], { image: request.image, imageId });
    await expect(scheduler.ensureContainer(spec)).rejects.toMatchObject({ failure: SchedulerFailure.ImageMissing });
    expect(await scheduler.ensureImage(request, nobody, never)).toBe(imageId);
    expect(await scheduler.ensureContainer(spec)).toMatchObject({ created: true });
  });
});
