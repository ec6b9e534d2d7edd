import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { GOOD, startTestApi, type TestApi } from './harness.ts';

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const NAMESPACE = { id: 'dev', name: 'Dev', description: '', created: 1, modified: 0 };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    handlers: {
      list_namespaces: async () => ({ status: 200, body: { namespaces: [NAMESPACE] } }),
      get_namespace: async ({ path }) => ({
        status: 200,
        body: { namespace: { ...NAMESPACE, id: path.namespace_id } },
      }),
      create_namespace: async ({ body }) => ({ status: 201, body: { namespace: { ...NAMESPACE, ...body } } }),
      delete_namespace: async () => ({ status: 204 }),
      list_runs: async ({ query }) => {
        throw new Error(`secret detail ${JSON.stringify(query)}`);
      },
    },
  });
});
afterAll(() => api.close());

describe('replies', () => {
  test('JSON is compact, with exactly the content type and the length', async () => {
    const answer = await api.call('GET', '/api/namespaces');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify({ namespaces: [NAMESPACE] }));
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['content-length']).toBe(String(answer.text.length));
    expect(answer.headers['x-request-id']).toMatch(UUID_V7);
  });

  test('a 204 has neither', async () => {
    const answer = await api.call('DELETE', '/api/namespaces/dev');
    expect(answer.status).toBe(204);
    expect(answer.headers).not.toHaveProperty('content-type');
    expect(answer.headers).not.toHaveProperty('content-length');
    expect(answer.headers['x-request-id']).toMatch(UUID_V7);
  });

  test('the metadata needs a version but no token', async () => {
    const answer = await api.call('GET', '/api/system/metadata', { headers: { 'gofer-api-version': 'v0' } });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { commit: '0123456789abcdef0123456789abcdef01234567', semver: '0.9.1' },
    ]);
    expect((await api.call('GET', '/api/system/metadata', { headers: {} })).status).toBe(400);
  });

  test('every request is logged once, with its operation', async () => {
    const { headers } = await api.call('GET', '/api/namespaces/dev');
    await expect
      .poll(() => api.log.filter((line) => line['request_id'] === headers['x-request-id']))
      .toEqual([expect.objectContaining({ operation: 'get_namespace', status: 200, user: 'sam' })]);
  });
});

describe('errors', () => {
  test('are pretty printed and carry the request id of the header', async () => {
    const answer = await api.call('GET', '/api/nothing');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.text).toBe(JSON.stringify(answer.json(), null, 2));
    expect(answer.json().request_id).toBe(answer.headers['x-request-id']);
    expect(answer.json()).not.toHaveProperty('error_code');
  });

  test('that are ours keep their details for the log', async () => {
    const answer = await api.call('GET', '/api/namespaces/a/pipelines/b/runs');
    expect([answer.status, answer.json().error_code]).toEqual([500, 'Internal']);
    expect(answer.text).not.toContain('secret detail');
    expect(JSON.stringify(api.log)).toContain('secret detail');
  });

  test('outside /api: a page for GET, 405 for the rest', async () => {
    const page = await api.call('GET', '/elsewhere');
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html']);
    const other = await api.call('POST', '/elsewhere');
    expect([other.status, other.headers['allow']]).toEqual([405, 'GET']);
  });
});

describe('paths', () => {
  test.each(['//api//namespaces/', '/api/namespaces/', '/api/name%73paces'])('%s is /api/namespaces', async (path) => {
    expect((await api.call('GET', path)).status).toBe(200);
  });

  test('an encoded slash stays inside its parameter', async () => {
    const answer = await api.call('GET', '/api/namespaces/a%2Fb%20c');
    expect([answer.status, answer.text.includes('"id":"a/b c"')]).toEqual([200, true]);
  });

  test.each([
    '/api/./namespaces',
    '/api/x/../namespaces',
    '/api/namespaces/%ff',
    '/api/namespaces/%zz',
    '/api/namespaces/%00',
  ])('%s is refused', async (path) => {
    expect((await api.call('GET', path)).status).toBe(400);
  });

  test('case matters', async () => {
    expect((await api.call('GET', '/api/Namespaces')).status).toBe(404);
  });

  test.each(['PUT', 'HEAD', 'OPTIONS'])('%s gets one Allow header for each method, in order', async (method) => {
    const answer = await api.call(method, '/api/namespaces/dev');
    expect(answer.status).toBe(405);
    const allow = answer.rawHeaders.flatMap((name, i, all) =>
      /^allow$/i.test(name) && i % 2 === 0 ? [all[i + 1]] : [],
    );
    expect(allow).toEqual(['DELETE', 'GET', 'PATCH']);
  });
});

describe('the order of checks', () => {
  const bad = { id: 5, name: '', description: '' };
  test.each([
    ['method before body', 'PUT', '/api/namespaces', {}, bad, 405],
    ['body before token', 'POST', '/api/namespaces', {}, bad, 400],
    ['parameters before token', 'GET', '/api/namespaces/a/pipelines/b/runs/-1', {}, undefined, 400],
    ['missing token before version', 'GET', '/api/namespaces', {}, undefined, 400],
    ['unknown token before version', 'GET', '/api/namespaces', { authorization: 'Bearer bad' }, undefined, 401],
    ['version', 'GET', '/api/namespaces', { ...GOOD, 'gofer-api-version': 'v1' }, undefined, 400],
  ] as const)('%s', async (_name, method, path, headers, body, status) => {
    expect((await api.call(method, path, { headers, body })).status).toBe(status);
  });

  test('messages tell them apart', async () => {
    const token = await api.call('GET', '/api/namespaces', { headers: {} });
    expect(token.json().message).toContain('bearer token');
    const body = await api.call('POST', '/api/namespaces', { headers: {}, body: bad });
    expect(body.json().message).toContain('id: must be string, got 5');
    const version = await api.call('GET', '/api/namespaces', { headers: { ...GOOD, 'gofer-api-version': 'v1' } });
    expect(version.json().message).toContain('header.gofer-api-version: must be v0, got "v1"');
  });
});

describe('anonymous callers', () => {
  test('reach the authorisation of the operations that allow them, with whatever token', async () => {
    const seen: string[] = [];
    await using open = await startTestApi({
      authorise: (caller) => void seen.push(caller.user),
      handlers: { list_pipelines: async () => ({ status: 200, body: { pipelines: [] } }) },
    });
    for (const authorization of [undefined, 'nonsense', 'Bearer bad', 'Bearer good']) {
      const headers = { 'gofer-api-version': 'v0', ...(authorization && { authorization }) };
      expect((await open.call('GET', '/api/namespaces/dev/pipelines', { headers })).status).toBe(200);
    }
    expect(seen).toEqual(['Anonymous', 'Anonymous', 'Anonymous', 'sam']);
  });

  test('are refused until somebody decides otherwise', async () => {
    const headers = { 'gofer-api-version': 'v0' };
    expect((await api.call('GET', '/api/namespaces/dev/pipelines', { headers })).status).toBe(401);
  });
});

describe('health', () => {
  test('alive and ready need no headers', async () => {
    expect(await api.call('GET', '/healthz', { headers: {} })).toMatchObject({ status: 200, text: 'ok' });
    expect(await api.call('GET', '/readyz', { headers: {} })).toMatchObject({ status: 200, text: 'ready' });
  });

  test('not ready is a 503', async () => {
    await using down = await startTestApi({
      ready: async () => {
        throw new Error('no database');
      },
    });
    expect((await down.call('GET', '/readyz', { headers: {} })).status).toBe(503);
    expect((await down.call('GET', '/healthz', { headers: {} })).status).toBe(200);
  });
});
