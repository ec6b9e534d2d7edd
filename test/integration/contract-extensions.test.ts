import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { packageRoot } from '../../runtime/paths.ts';
import { uniqueId } from '../helpers/gofer.ts';
import { buildImage } from '../helpers/images.ts';
import { eventsOf } from './helpers/events.ts';
import { call, createNamespace, expectError, HEADERS, NAMESPACE, place, registered } from './helpers/raw-api.ts';

/** One that does run: the script of the protocol's test. */
let shellImage = '';

beforeAll(async () => {
  await createNamespace();
  shellImage = await buildImage(join(packageRoot, 'test', 'fixtures', 'extension'), 'gofer/test/extension:1');
});

const at = (id: string) => `/api/extensions/${id}`;
const IMAGE = 'registry.example/interval:1';

async function installed(more: object = {}): Promise<string> {
  const id = uniqueId('ext');
  const answer = await call('POST', '/api/extensions', { id, image: IMAGE, settings: {}, ...more });
  expect(answer.status).toBe(201);
  return id;
}

describe('extensions', () => {
  test('are installed, shown, switched off and on, and uninstalled', async () => {
    const id = uniqueId('ext');
    const body = {
      id,
      image: IMAGE,
      settings: { MIN_INTERVAL: '30s', API_TOKEN: 'do not tell' },
      registry_auth: { user: 'robot', pass: 'do not tell' },
      additional_roles: ['user'],
    };
    const answer = await call('POST', '/api/extensions', body);
    const registration = {
      extension_id: id,
      image: IMAGE,
      registry_auth: { user: 'robot', pass: '[Redacted]' },
      settings: expect.arrayContaining([
        { key: 'MIN_INTERVAL', value: '30s', source: 'system' },
        { key: 'API_TOKEN', value: '[Redacted]', source: 'system' },
      ]),
      created: expect.any(Number),
      modified: 0,
      status: 'enabled',
      additional_roles: ['user'],
    };
    const extension = {
      registration,
      url: expect.any(String),
      started: expect.any(Number),
      state: expect.stringMatching(/^(processing|running|exited)$/),
      documentation: {
        config_params: expect.any(Array),
        pipeline_subscription_params: expect.any(Array),
        body: expect.any(String),
      },
      // There is no such registry.
      detail: { message: expect.stringContaining(IMAGE) },
    };
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ extension });
    const got = await call('GET', at(id));
    expect(got.body).toEqual({ extension });
    const list = await call('GET', '/api/extensions');
    expect(list.body['extensions']).toContainEqual(extension);
    for (const { text } of [answer, got, list]) expect(text).not.toContain('do not tell');

    expectError(await call('POST', '/api/extensions', body), 409);
    for (const role of [`extension_${id}`, `own_objects_${id}`]) {
      expect((await call('GET', `/api/roles/${role}`)).body['role']).toMatchObject({ system_role: true });
      expect(await eventsOf({ created_role: { role_id: role } })).toHaveLength(1);
    }
    expect(await eventsOf({ installed_extension: { id, image: IMAGE } })).toHaveLength(1);

    const status = async () => (await call('GET', at(id))).body['extension'];
    for (const enable of [true, false, false, true]) {
      expect(await call('PATCH', at(id), { enable })).toMatchObject({ status: 204, text: '' });
      expect(await status()).toMatchObject({ registration: { status: enable ? 'enabled' : 'disabled' } });
    }
    expect(await eventsOf({ disabled_extension: { id, image: IMAGE } })).toHaveLength(1);
    expect(await eventsOf({ enabled_extension: { id, image: IMAGE } })).toHaveLength(1);
    for (const wrong of [{}, { enable: null }, { enable: 'yes' }]) expectError(await call('PATCH', at(id), wrong), 400);

    expect(await call('DELETE', at(id))).toMatchObject({ status: 204, text: '' });
    expectError(await call('GET', at(id)), 404);
    for (const role of [`extension_${id}`, `own_objects_${id}`]) {
      expectError(await call('GET', `/api/roles/${role}`), 404);
      expect(await eventsOf({ deleted_role: { role_id: role } })).toHaveLength(1);
    }
    expect(await eventsOf({ uninstalled_extension: { id, image: IMAGE } })).toHaveLength(1);
    expect((await call('POST', '/api/extensions', body)).status).toBe(201);
    await call('DELETE', at(id));
  });

  test('take their tokens, subscriptions and objects along', async () => {
    const id = await installed({ image: shellImage });
    const pipeline = await registered();
    const metadata = { extension_id: id };
    const { body } = await call('POST', '/api/tokens', { user: id, roles: ['admin'], expires: 0, metadata });
    const subscription = { extension_id: id, subscription_id: 'hourly', settings: { word: 'go' } };
    expect((await call('POST', `${place(pipeline)}/subscriptions`, subscription)).status).toBe(201);
    await call('POST', `${at(id)}/objects/state?force=false`, 'x');
    await call('DELETE', at(id));
    const { id: token } = body['token_details'] as { id: string };
    expectError(await call('GET', `/api/tokens/${token}`), 404);
    expectError(await call('GET', `${place(pipeline)}/subscriptions/${id}/hourly`), 404);
    expect((await call('GET', `${at(id)}/objects`)).body).toEqual({ objects: [] });
    await call('POST', '/api/extensions', { id, image: IMAGE, settings: {} });
    expectError(await call('GET', `${at(id)}/objects/state`), 404);
    await call('DELETE', at(id));
  });

  test.each([
    ['no settings', { id: 'abc', image: IMAGE }],
    ['settings that are no texts', { id: 'abc', image: IMAGE, settings: { A: 1 } }],
    ['settings with NUL', { id: 'abc', image: IMAGE, settings: { A: '\0' } }],
    ['a setting that no environment can have', { id: 'abc', image: IMAGE, settings: { 'A=B': 'x' } }],
    ['an id that is no name', { id: 'a/b', image: IMAGE, settings: {} }],
    ['no id', { image: IMAGE, settings: {} }],
    ['an empty image', { id: 'abc', image: '', settings: {} }],
    ['an image with NUL', { id: 'abc', image: 'a\0b', settings: {} }],
    ['a role with NUL', { id: 'abc', image: IMAGE, settings: {}, additional_roles: ['\0'] }],
    ['a password with NUL', { id: 'abc', image: IMAGE, settings: {}, registry_auth: { user: '\0', pass: '' } }],
  ])('%s is a 400', async (_name, body) => {
    expect.hasAssertions();
    expectError(await call('POST', '/api/extensions', body), 400);
    expectError(await call('GET', at('abc')), 404);
  });

  test('with the role bootstrap are refused', async () => {
    expect.hasAssertions();
    const body = { id: uniqueId('ext'), image: IMAGE, settings: {}, additional_roles: ['bootstrap'] };
    expectError(await call('POST', '/api/extensions', body), 401);
    expectError(await call('GET', at(body.id)), 404);
  });

  test('that are missing are a 404', async () => {
    expectError(await call('GET', at('ghost')), 404);
    expectError(await call('PATCH', at('ghost'), { enable: true }), 404);
    expectError(await call('DELETE', at('ghost')), 404);
    expectError(await call('GET', `${at('ghost')}/debug`), 404);
    expect((await call('GET', `${at('ghost')}/subscriptions`)).body).toEqual({ subscriptions: [] });
  });

  test('that do not run have nothing to say', async () => {
    expect.hasAssertions();
    const id = await installed();
    expectError(await call('GET', `${at(id)}/debug`), 503);
    await call('DELETE', at(id));
  });

  test('that are missing have a log that is closed at once', async () => {
    const url = `${inject('cluster').apiUrl.replace('http', 'ws')}${at('ghost')}/logs`;
    const [code] = (await once(new WebSocket(url, { headers: HEADERS }), 'close')) as [number];
    expect(code).toBe(1007);
  });
});

describe('subscriptions', () => {
  let extension = '';
  let pipeline = '';
  beforeAll(async () => {
    extension = await installed({ image: shellImage });
    pipeline = await registered();
    await call('POST', `${place(pipeline)}/secrets`, { key: 'mail-key', content: 'sesame', force: false });
    return () => call('DELETE', at(extension));
  });
  const under = (id: string) => `${place(id)}/subscriptions`;
  const subscribe = (more: object = {}, id = pipeline) =>
    call('POST', under(id), {
      extension_id: extension,
      subscription_id: 'hourly',
      settings: { word: 'hour', token: 'pipeline_secret{{mail-key}}' },
      ...more,
    });

  test('are created, shown, switched off and on, and deleted', async () => {
    const answer = await subscribe();
    const fields = { namespace_id: NAMESPACE, pipeline_id: pipeline, extension_id: extension };
    const subscription = {
      ...fields,
      subscription_id: 'hourly',
      settings: { word: 'hour', token: 'pipeline_secret{{mail-key}}' },
      status: 'active',
      status_reason: null,
    };
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ subscription });
    const path = `${under(pipeline)}/${extension}/hourly`;
    expect((await call('GET', path)).body).toEqual({ subscription });
    expect((await call('GET', under(pipeline))).body).toEqual({ subscriptions: [subscription] });
    expect((await call('GET', `${at(extension)}/subscriptions`)).body).toEqual({ subscriptions: [subscription] });
    const kind = { ...fields, subscription_id: 'hourly' };
    expect(await eventsOf({ pipeline_extension_subscription_registered: kind })).toHaveLength(1);

    expectError(await subscribe(), 409);
    for (const status of ['disabled', 'disabled', 'active']) {
      expect(await call('PATCH', path, { status })).toMatchObject({ status: 204, text: '' });
      expect((await call('GET', path)).body['subscription']).toMatchObject({ status, status_reason: null });
    }
    for (const status of ['error', 'unknown', 'asleep', 7]) expectError(await call('PATCH', path, { status }), 400);

    expect(await call('DELETE', path)).toMatchObject({ status: 204, text: '' });
    expectError(await call('GET', path), 404);
    expect((await call('GET', under(pipeline))).body).toEqual({ subscriptions: [] });
    expect(await eventsOf({ pipeline_extension_subscription_unregistered: kind })).toHaveLength(1);
  });

  test('are listed by extension and id', async () => {
    const other = await installed({ image: shellImage });
    const id = await registered();
    for (const [ext, sub] of [
      [extension, 'two'],
      [other, 'one'],
      [extension, 'one'],
    ]) {
      const answer = await subscribe({ extension_id: ext, subscription_id: sub, settings: { word: 'hour' } }, id);
      expect(answer.status).toBe(201);
    }
    const { subscriptions } = (await call('GET', under(id))).body as { subscriptions: Record<string, string>[] };
    const keys = subscriptions.map((one) => `${one['extension_id']}/${one['subscription_id']}`);
    expect(keys).toEqual([`${extension}/one`, `${extension}/two`, `${other}/one`].sort());
    await call('DELETE', at(other));
  });

  test('need a pipeline and an enabled extension', async () => {
    const noPipeline = await subscribe({}, 'ghost');
    expectError(noPipeline, 404);
    expect(noPipeline.body['message']).toContain('pipeline');
    const noExtension = await subscribe({ extension_id: 'ghost' });
    expectError(noExtension, 404);
    expect(noExtension.body['message']).toContain('extension');
    const off = await installed();
    expectError(await subscribe({ extension_id: off }), 503);
    await call('PATCH', at(off), { enable: false });
    expectError(await subscribe({ extension_id: off }), 409);
    await call('DELETE', at(off));
  });

  test.each([
    ['a bad id', { subscription_id: 'a_b' }],
    ['no id', { subscription_id: undefined }],
    ['no extension', { extension_id: undefined }],
    ['no settings', { settings: undefined }],
    ['settings that are no texts', { settings: { a: 1 } }],
    ['settings with NUL', { settings: { a: '\0' } }],
    ['a required parameter missing', { subscription_id: 'other', settings: {} }],
    ['a secret that is not there', { subscription_id: 'other', settings: { word: 'pipeline_secret{{ghost}}' } }],
  ])('with %s are a 400', async (_name, more) => {
    expect.hasAssertions();
    expectError(await subscribe(more), 400);
  });

  test('that are missing are a 404', async () => {
    const path = `${under(pipeline)}/${extension}/ghost`;
    expectError(await call('GET', path), 404);
    expectError(await call('PATCH', path, { status: 'active' }), 404);
    expectError(await call('DELETE', path), 404);
    expect((await call('GET', under('ghost'))).body).toEqual({ subscriptions: [] });
  });
});

describe('events', () => {
  test('can be read and deleted', async () => {
    const role = uniqueId('role');
    await call('POST', '/api/roles', { id: role, description: '', permissions: [] });
    const kind = { created_role: { role_id: role } };
    const [id] = await eventsOf(kind);
    const path = `/api/events/${String(id)}`;
    expect((await call('GET', path)).body).toEqual({ event: { id, kind, emitted: expect.any(Number) } });
    expect(await call('DELETE', path)).toMatchObject({ status: 204, text: '' });
    expectError(await call('GET', path), 404);
    expectError(await call('DELETE', path), 404);
    expectError(await call('DELETE', '/api/events/nonsense'), 404);
  });
});
