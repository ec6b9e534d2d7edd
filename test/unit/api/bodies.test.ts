import { request as httpRequest } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Run } from '../../../sdk/wire.ts';
import { GOOD, startTestApi, type TestApi } from './harness.ts';

const CONFIGS = '/api/namespaces/default/pipelines/nightly/configs';
const RUNS = '/api/namespaces/default/pipelines/nightly/runs';
const NEW_NAMESPACE = { id: 'dev', name: 'Dev', description: '' };
const TASK = {
  id: 'a',
  image: 'x',
  depends_on: {},
  variables: {},
  inject_api_token: false,
  always_pull_newest_image: false,
};

let api: TestApi;
let received: unknown[] = [];
beforeAll(async () => {
  api = await startTestApi({
    bodyLimit: 3_000_000,
    handlers: {
      create_namespace: async ({ body }) => {
        received.push(body);
        return { status: 201, body: { namespace: { ...body, created: 1, modified: 0 } } };
      },
      list_runs: async ({ path, query }) => {
        received.push({ path, query });
        return { status: 200, body: { runs: [] } };
      },
      deploy_config: async ({ path, body }) => {
        received.push({ path, body });
        return { status: 201, body: { deployment: { wrong: true } as never } };
      },
    },
  });
});
afterAll(() => api.close());

function config(...tasks: unknown[]): unknown {
  return { config: { id: 'nightly', name: '', parallelism: 0, tasks } };
}

async function create(headers: Record<string, string>, body: unknown = NEW_NAMESPACE): Promise<number> {
  return (await api.call('POST', '/api/namespaces', { headers: { ...GOOD, ...headers }, body })).status;
}

describe('a JSON body', () => {
  test.each(['application/json', 'Application/JSON; charset=utf-8; v=1', ''])(
    'may have the content type "%s"',
    async (type) => {
      received = [];
      expect(await create(type ? { 'content-type': type } : {})).toBe(201);
      expect(received).toEqual([NEW_NAMESPACE]);
    },
  );

  test('of another media type or compressed is a 400', async () => {
    expect(await create({ 'content-type': 'text/plain' })).toBe(400);
    expect(await create({ 'content-encoding': 'gzip' })).toBe(400);
  });

  test('may have unknown fields', async () => {
    expect(await create({}, { ...NEW_NAMESPACE, colour: 'red' })).toBe(201);
  });

  test.each([
    ['nothing', undefined, 'body: is required'],
    ['no JSON', '{"id": ', 'body: Unexpected end of JSON input'],
    ['a JSON error with its position', '{"id": "dev" "name": ""}', 'at position 13'],
    ['a missing field', { id: 'dev', name: '' }, 'description: is required'],
    ['a number for a string', { ...NEW_NAMESPACE, name: 7 }, 'name: must be string, got 7'],
    ['no object', '[]', 'body: must be object, got []'],
  ])('%s is a 400 that says where', async (_name, body, message) => {
    const answer = await api.call('POST', '/api/namespaces', { body });
    expect([answer.status, answer.json().message]).toEqual([400, expect.stringContaining(message)]);
  });

  test.each([
    [{ ...TASK, image: 5 }, 'config.tasks[1].image: must be string, got 5'],
    [
      { ...TASK, depends_on: { aaa: 'any' } },
      'config.tasks[1].depends_on.aaa: must be equal to one of the allowed values',
    ],
    [{ ...TASK, variables: { 'a/b': 1 } }, 'config.tasks[1].variables.a/b: must be string, got 1'],
    [{ ...TASK, registry_auth: { user: 'u' } }, 'config.tasks[1].registry_auth.pass: is required'],
  ])('names places deep inside', async (task, message) => {
    const answer = await api.call('POST', CONFIGS, { body: config(TASK, task) });
    expect([answer.status, answer.json().message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('may be null where the document says so, and its integers are exact', async () => {
    const fine = { ...TASK, registry_auth: null, command: null, description: null };
    expect((await api.call('POST', CONFIGS, { body: config(fine) })).status).toBe(503);
    for (const parallelism of [1.5, 2 ** 53, '1']) {
      const body = { config: { id: 'nightly', name: '', parallelism, tasks: [] } };
      expect((await api.call('POST', CONFIGS, { body })).json().message).toContain('config.parallelism: must');
    }
  });

  test('is ignored where there is none, whatever its type', async () => {
    received = [];
    await api.call('POST', `${CONFIGS}/+3`, { headers: { ...GOOD, 'content-type': 'text/plain' }, body: 'hello' });
    expect(received).toEqual([
      { path: { namespace_id: 'default', pipeline_id: 'nightly', version: 3 }, body: undefined },
    ]);
  });

  test('that is large is not parsed for strangers', async () => {
    const large = `${' '.repeat(2_000_000)}{`;
    expect((await api.call('POST', '/api/namespaces', { body: large })).status).toBe(400);
    const headers = { authorization: 'Bearer bad' };
    expect((await api.call('POST', '/api/namespaces', { headers, body: large })).status).toBe(401);
    expect((await api.call('POST', '/api/namespaces', { headers, body: '{' })).status).toBe(400);
  });

  test('of unknown size counts as large', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: 'Bearer bad', 'transfer-encoding': 'chunked' };
      const request = httpRequest(`${api.url}/api/namespaces`, { method: 'POST', headers, agent: false });
      request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      request.end('{');
    });
    expect(status).toBe(401);
  });

  test('beyond the limit is a 400', async () => {
    const answer = await api.call('POST', '/api/namespaces', { body: ' '.repeat(3_000_001) });
    expect([answer.status, answer.json().message]).toEqual([400, expect.stringContaining('too large')]);
  });
});

describe('parameters', () => {
  const path = { namespace_id: 'default', pipeline_id: 'nightly' };
  test.each([
    ['', {}],
    ['?limit=5&offset=0&reverse=true', { limit: 5, offset: 0, reverse: true }],
    ['?limit=18446744073709551615', { limit: Number.MAX_SAFE_INTEGER }],
    ['?unknown=1&unknown=2', {}],
  ])('%s is read', async (query, expected) => {
    received = [];
    expect((await api.call('GET', `${RUNS}${query}`)).status).toBe(200);
    expect(received).toEqual([{ path, query: expected }]);
  });

  test.each(['limit=', 'limit=-1', 'limit=1.5', 'limit=1e3', 'limit=0x5', 'limit=%205', 'limit=18446744073709551616'])(
    '%s is refused',
    async (query) => {
      const answer = await api.call('GET', `${RUNS}?${query}`);
      expect([answer.status, answer.json().message]).toEqual([
        400,
        expect.stringContaining('query.limit: must be an integer'),
      ]);
    },
  );

  test.each(['reverse=True', 'reverse=1', 'reverse=', 'limit=1&limit=1'])('%s is refused', async (query) => {
    expect((await api.call('GET', `${RUNS}?${query}`)).status).toBe(400);
  });

  test('a missing one is named', async () => {
    const answer = await api.call('DELETE', `${RUNS}/1/tasks/a`);
    expect([answer.status, answer.json().message]).toEqual([
      400,
      expect.stringContaining('query.wait_for: is required'),
    ]);
  });
});

describe('responses', () => {
  test('that do not fit the document are a 500 when that is checked', async () => {
    const answer = await api.call('POST', `${CONFIGS}/3`);
    expect([answer.status, answer.json().error_code]).toEqual([500, 'Internal']);
    expect(answer.text).not.toContain('deployment');
    const id = answer.headers['x-request-id'];
    const logged = api.log.filter((line) => line['request_id'] === id && line['level'] === 50);
    expect(JSON.stringify(logged)).toContain('/response/deployment/namespace_id');
  });

  test('may have null where the document says so, and every kind of event', async () => {
    const run: Run = {
      namespace_id: 'default',
      pipeline_id: 'nightly',
      pipeline_config_version: 1,
      run_id: 7,
      started: 1,
      ended: 0,
      state: 'pending',
      status: 'unknown',
      status_reason: null,
      initiator: { id: '0', user: 'sam' },
      variables: [],
      store_objects_expired: false,
      event_id: null,
    };
    const event = { id: '1', emitted: 1, kind: { created_role: { role_id: 'devops' } } };
    await using strict = await startTestApi({
      handlers: {
        get_run: async () => ({ status: 200, body: { run } }),
        get_event: async () => ({ status: 200, body: { event } }),
        update_pipeline: async () => ({ status: 204 }),
      },
    });
    expect((await strict.call('GET', `${RUNS}/7`)).text).toBe(JSON.stringify({ run }));
    expect((await strict.call('GET', '/api/events/1')).text).toBe(JSON.stringify({ event }));
    const pipeline = '/api/namespaces/default/pipelines/nightly';
    expect((await strict.call('PATCH', pipeline, { body: { state: null } })).status).toBe(204);
    expect((await strict.call('PATCH', pipeline, { body: { state: 'asleep' } })).status).toBe(400);
  });

  test('are sent as they are when it is not', async () => {
    await using lax = await startTestApi({
      validateResponses: false,
      handlers: { list_namespaces: async () => ({ status: 200, body: { namespaces: 5 as never } }) },
    });
    expect(await lax.call('GET', '/api/namespaces')).toMatchObject({ status: 200, text: '{"namespaces":5}' });
  });
});
