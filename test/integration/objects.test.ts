import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { clientFor, logOf, pipelineOf, shellTask, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';
import { letGo } from '../helpers/docker.ts';
import { call, createNamespace, expectError, HEADERS, place, registered } from './helpers/raw-api.ts';

const { apiUrl } = inject('cluster');
const gofer = clientFor();
const HASH_OF_X = `sha-256=:${createHash('sha256').update('x').digest('base64')}:`;

beforeAll(createNamespace);

async function pipelineLevel(): Promise<string> {
  return `${place(await registered())}/objects`;
}
async function runLevel(): Promise<string> {
  const id = await registered();
  await call('POST', `${place(id)}/runs`, { variables: {} });
  return `${place(id)}/runs/1/objects`;
}
async function extensionLevel(): Promise<string> {
  const id = uniqueId('ext');
  await call('POST', '/api/extensions', { id, image: 'none', settings: {} });
  return `/api/extensions/${id}/objects`;
}

const put = (path: string, bytes: string, force: boolean | string = false) =>
  call('POST', `${path}?force=${force}`, bytes, { ...HEADERS, 'content-type': 'text/plain' });

async function keysIn(collection: string): Promise<string[]> {
  const { objects } = (await call('GET', collection)).body as { objects: { key: string }[] };
  return objects.map(({ key }) => key);
}

describe.each([
  ['a pipeline', pipelineLevel],
  ['a run', runLevel],
  ['an extension', extensionLevel],
])('objects of %s', (_name, levelOf) => {
  let collection = '';
  beforeAll(async () => {
    collection = await levelOf();
    return async () => {
      if (collection.startsWith('/api/extensions')) await call('DELETE', collection.replace('/objects', ''));
    };
  });

  test('are stored, listed, read, replaced by force, and deleted', async () => {
    const path = `${collection}/cache`;
    const created = await put(path, 'x');
    expect(created).toMatchObject({ status: 201 });
    const sha256 = createHash('sha256').update('x').digest('hex');
    expect(created.body).toEqual({ object: { key: 'cache', created: expect.any(Number), size: 1, sha256 } });
    expect((await call('GET', collection)).body).toEqual({ objects: [created.body['object']] });
    const read = await call('GET', path);
    expect(read).toMatchObject({ status: 200, text: 'x' });
    expect(read.headers.get('content-type')).toBe('application/octet-stream');
    expect(read.headers.get('repr-digest')).toBe(HASH_OF_X);

    expectError(await put(path, 'y'), 409);
    expect((await call('GET', path)).text).toBe('x');
    const replaced = await put(path, '', true);
    expect(replaced.status).toBe(201);
    expect(await call('GET', path)).toMatchObject({ status: 200, text: '' });
    expect((await call('GET', collection)).body).toEqual({ objects: [replaced.body['object']] });

    expect(await call('DELETE', path)).toMatchObject({ status: 204, text: '' });
    expectError(await call('GET', path), 404);
    expectError(await call('DELETE', path), 404);
    expect((await call('GET', collection)).body).toEqual({ objects: [] });
  });

  test('need a word about force', async () => {
    expect.hasAssertions();
    expectError(await call('POST', `${collection}/key`, 'x'), 400);
    expectError(await put(`${collection}/key`, 'x', 'yes'), 400);
    expectError(await call('GET', `${collection}/key`), 404);
  });

  test('have keys of nearly every character, but no slash', async () => {
    const key = `${uniqueId('k')} _.:%2F?ä`;
    const path = `${collection}/${encodeURIComponent(key)}`;
    expect((await put(path, 'x')).body).toMatchObject({ object: { key } });
    expect((await call('GET', path)).text).toBe('x');
    expect(await keysIn(collection)).toContain(key);
    expect((await call('DELETE', path)).status).toBe(204);
    for (const bad of ['a%2Fb', 'a%00b', 'a%0Ab', '..%2Fa', 'k'.repeat(129)]) {
      expectError(await put(`${collection}/${bad}`, 'x', true), 400);
    }
    expectError(await call('GET', `${collection}/a%2Fb`), 404);
    expectError(await call('DELETE', `${collection}/a%2Fb`), 404);
  });

  test('pass through as they are, 20 MB of them', async () => {
    const bytes = randomBytes(20 * 1024 * 1024);
    const url = `${apiUrl}${collection}/big`;
    const upload = httpRequest(`${url}?force=false`, { method: 'POST', headers: HEADERS, agent: false });
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
    await pump(Readable.from(slices(bytes)), upload);
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(201);
    const hash = createHash('sha256');
    const download = await fetch(url, { headers: HEADERS });
    for await (const chunk of download.body ?? []) hash.update(chunk);
    const digest = createHash('sha256').update(bytes).digest();
    expect(hash.digest('hex')).toBe(digest.toString('hex'));
    expect(download.headers.get('repr-digest')).toBe(`sha-256=:${digest.toString('base64')}:`);
    expect((await call('DELETE', `${collection}/big`)).status).toBe(204);
  });

  test('leave nothing if the upload breaks off, so that it can be tried again', async () => {
    const path = `${collection}/broken`;
    const upload = httpRequest(`${apiUrl}${path}?force=false`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-length': '1000000' },
      agent: false,
    });
    await new Promise<void>((resolve) => upload.write(Buffer.alloc(100_000), () => resolve()));
    await new Promise<void>((resolve) => {
      upload.once('error', () => resolve());
      upload.destroy(new Error('cut'));
    });
    expectError(await call('GET', path), 404);
    expect(await keysIn(collection)).not.toContain('broken');
    expect((await put(path, 'x')).status).toBe(201);
    expect((await call('GET', path)).text).toBe('x');
    await call('DELETE', path);
  });

  test('of two that come at once with one key, one is stored', async () => {
    const path = `${collection}/race`;
    const answers = await Promise.all(['one', 'two', 'three'].map((bytes) => put(path, bytes)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const forced = await Promise.all(['four', 'five', 'six'].map((bytes) => put(path, bytes, true)));
    expect(forced.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(['four', 'five', 'six']).toContain((await call('GET', path)).text);
    await call('DELETE', path);
  });
});

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 60_000) yield bytes.subarray(start, start + 60_000);
}

test.each([
  ['pipeline', () => `${place('ghost')}/objects`],
  ['run', () => `${place('ghost')}/runs/1/objects`],
  ['run with a number that no run can have', () => `${place('ghost')}/runs/9223372036854775807/objects`],
  ['extension', () => '/api/extensions/ghost/objects'],
])('objects of a missing %s are a 404', async (_name, collection) => {
  expectError(await put(`${collection()}/key`, 'x', true), 404);
  expectError(await call('GET', `${collection()}/key`), 404);
  expectError(await call('DELETE', `${collection()}/key`), 404);
  expect((await call('GET', collection())).body).toEqual({ objects: [] });
});

test('a pipeline keeps its 50 newest objects', async () => {
  const collection = await pipelineLevel();
  const keys = Array.from({ length: 52 }, (_, index) => `key-${index}`);
  for (const key of keys) expect((await put(`${collection}/${key}`, key)).status).toBe(201);
  expect(await keysIn(collection)).toEqual(keys.slice(2));
  expectError(await call('GET', `${collection}/key-0`), 404);
  expect((await call('GET', `${collection}/key-2`)).text).toBe('key-2');
  // Replacing makes an object the newest, and nothing has to go for it.
  await put(`${collection}/key-2`, 'again', true);
  expect(await keysIn(collection)).toEqual([...keys.slice(3), 'key-2']);
});

test('levels do not mix', async () => {
  const id = await registered();
  await call('POST', `${place(id)}/runs`, { variables: {} });
  await put(`${place(id)}/objects/1_key`, 'pipeline');
  await put(`${place(id)}/runs/1/objects/key`, 'run');
  expect((await call('GET', `${place(id)}/objects/1_key`)).text).toBe('pipeline');
  expectError(await call('GET', `${place(id)}/objects/key`), 404);
  expect(await keysIn(`${place(id)}/runs/1/objects`)).toEqual(['key']);
});

describe('in the environment of a task', () => {
  test('stand objects of the pipeline and of the run', async () => {
    const id = uniqueId('object');
    const base = `/api/namespaces/default/pipelines/${id}`;
    const variables = {
      A: 'pipeline_object{{logo}}',
      OLD: 'pipeline_object{{ghost}}',
      R: 'run_object{{result}}',
    };
    const document = pipelineOf(
      id,
      shellTask('first', 'until [ -e /go ]; do sleep 0.05; done'),
      shellTask('second', 'printf "%s|" "$A" "$OLD" "$R"', { variables, depends_on: { first: 'Success' } }),
    );
    await gofer.configs.register('default', document);
    await put(`${base}/objects/logo`, 'of the pipeline');
    // The original looked objects up by the name of the variable.
    await put(`${base}/objects/OLD`, 'by its variable');
    const { run } = await gofer.runs.start({ namespace: 'default', pipeline: id });
    const ref = { namespace: 'default', pipeline: id, run: run.run_id };
    await untilTask(gofer, ref, 'first', ({ state }) => state === 'running');
    expect((await put(`${base}/runs/${run.run_id}/objects/result`, 'of the run')).status).toBe(201);
    await letGo(id, 'first');
    const { tasks } = await untilComplete(gofer, ref);
    expect(tasks['second']?.status).toBe('successful');
    expect(await logOf(gofer, ref, 'second')).toBe('of the pipeline|by its variable|of the run|');
  });

  test.each([
    ['NUL', 'a\0b'],
    ['more bytes than a variable can hold', 'x'.repeat(200_000)],
  ])('an object with %s fails the task', async (_name, bytes) => {
    const id = uniqueId('object');
    const variables = { A: 'pipeline_object{{odd}}' };
    await gofer.configs.register('default', pipelineOf(id, shellTask('main', 'true', { variables })));
    await put(`/api/namespaces/default/pipelines/${id}/objects/odd`, bytes);
    const { run } = await gofer.runs.start({ namespace: 'default', pipeline: id });
    const { tasks } = await untilComplete(gofer, { namespace: 'default', pipeline: id, run: run.run_id });
    expect(tasks['main']).toMatchObject({ status: 'failed', status_reason: { reason: 'failed_precondition' } });
    expect(tasks['main']?.status_reason?.description).toMatch(/'A'.*odd/);
  });
});

test('the bytes of a pipeline go with it', async () => {
  const id = await registered();
  await put(`${place(id)}/objects/key`, 'x');
  await call('DELETE', place(id));
  await vi.waitFor(async () => expectError(await call('GET', `${place(id)}/objects/key`), 404));
  await call('POST', `${place(id)}/configs`, { config: pipelineOf(id) });
  expect(await keysIn(`${place(id)}/objects`)).toEqual([]);
  expect((await put(`${place(id)}/objects/key`, 'y')).status).toBe(201);
});
