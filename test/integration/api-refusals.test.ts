import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ClusterAddresses } from '../helpers/cluster.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import {
  call,
  createNamespace,
  expectError,
  HEADERS,
  NAMESPACE,
  place,
  register,
  registered,
} from './helpers/raw-api.ts';

const { apiUrl, databaseUrl, token }: ClusterAddresses = inject('cluster');
const database = new pg.Client({ connectionString: databaseUrl });

beforeAll(async () => {
  await database.connect();
  await createNamespace();
});

afterAll(() => database.end());

describe('a config that is wrong is refused with place and value, and nothing is stored', () => {
  const task = (id: string, more: object = {}) => ({ ...shellTask(id, 'true'), ...more });
  const config = (tasks: unknown, more: object = {}) => ({ ...pipelineOf('demo'), tasks, ...more });

  test.each<[string, Record<string, unknown>, RegExp[]]>([
    [
      'a cycle',
      config([task('one', { depends_on: { two: 'Any' } }), task('two', { depends_on: { one: 'Any' } })]),
      [/config\.tasks\[0\]\.depends_on: .*one -> two -> one/],
    ],
    [
      'a task that waits for itself',
      config([task('one', { depends_on: { one: 'Any' } })]),
      [/depends_on\.one: .*itself/],
    ],
    [
      'an unknown parent',
      config([task('one', { depends_on: { ghost: 'Success' } })]),
      [/depends_on\.ghost: .*'ghost'/],
    ],
    [
      'a wrong requirement',
      config([task('one'), task('two', { depends_on: { one: 'success' } })]),
      [/tasks\[1\]\.depends_on\.one: .*"success"/],
    ],
    [
      'task ids that are used twice',
      config([task('one'), task('one')]),
      [/config\.tasks\[1\]\.id: .*tasks\[0\].*"one"/],
    ],
    ['a task id that is no name', config([task('a b/c')]), [/config\.tasks\[0\]\.id: .*"a b\/c"/]],
    ['a pipeline id that is no name', config([], { id: 'no_underscores' }), [/config\.id: .*"no_underscores"/]],
    ['an empty image', config([task('one', { image: '' })]), [/config\.tasks\[0\]\.image: .*""/]],
    ['negative parallelism', config([], { parallelism: -1 }), [/config\.parallelism: .*-1/]],
    ['a fraction', config([], { parallelism: 1.5 }), [/config\.parallelism: .*1\.5/]],
    ['a wrong type', config([task('one', { image: 7 })]), [/tasks\[0\]\.image: .*7/]],
    ['a word for a list', config([task('one', { command: 'true' })]), [/tasks\[0\]\.command: .*"true"/]],
    ['a missing field', config([task('one', { variables: undefined })]), [/tasks\[0\]\.variables: is required/]],
    ['no tasks at all', { ...config([]), tasks: undefined }, [/config\.tasks: is required/]],
    [
      'several things at once',
      config([task('a b'), task('one', { image: '' })]),
      [/tasks\[0\]\.id/, /tasks\[1\]\.image/],
    ],
  ])('%s', async (_name, document, messages) => {
    const id = await registered();
    const answer = await register(id, { ...document, id: document['id'] === 'demo' ? id : document['id'] });
    expectError(answer, 400);
    for (const message of messages) expect(answer.body['message']).toMatch(message);
    const versions = await database.query('select version from pipeline_configs where pipeline_id = $1', [id]);
    expect(versions.rows).toEqual([{ version: 1 }]);
  });

  test('an id other than that of the path', async () => {
    const id = uniqueId('api');
    const answer = await register(id, pipelineOf('other'));
    expectError(answer, 400);
    expect(answer.body['message']).toContain(`config.id: must be '${id}', as in the path, got "other"`);
    expect((await call('GET', place(id))).status).toBe(404);
  });

  test('an unknown namespace', async () => {
    const answer = await call('POST', '/api/namespaces/nowhere/pipelines/demo/configs', { config: pipelineOf('demo') });
    expectError(answer, 404);
    expect(answer.body['message']).toContain("namespace 'nowhere'");
  });
});

describe('a request that is wrong', () => {
  const { authorization, 'gofer-api-version': version, 'content-type': type } = HEADERS;
  const tokenless = { 'gofer-api-version': version };

  test.each<[string, number, string, RegExp, Record<string, string>, string?]>([
    ['no version', 400, 'GET', /gofer-api-version: must be v0, got nothing/, { authorization }],
    [
      'another version',
      400,
      'GET',
      /gofer-api-version: must be v0, got "v1"/,
      { authorization, 'gofer-api-version': 'v1' },
    ],
    ['no token', 400, 'GET', /Authorization: Bearer/, tokenless],
    ['no bearer token', 400, 'GET', /Authorization: Bearer/, { ...tokenless, authorization: `bearer ${token}` }],
    ['a bad token', 401, 'GET', /unknown/, { ...tokenless, authorization: 'Bearer wrong' }],
    ['no JSON', 400, 'POST', /JSON/, HEADERS, '{"id": '],
    [
      'another content type',
      400,
      'POST',
      /content-type: must be application\/json, got "text\/plain"/,
      { ...HEADERS, 'content-type': 'text/plain' },
      '{}',
    ],
    ['no body', 400, 'POST', /body/, HEADERS],
    [
      'a wrong namespace',
      400,
      'POST',
      /id: must be 3 to 32.*got "a_b"/,
      HEADERS,
      '{"id":"a_b","name":"","description":""}',
    ],
    ['a missing field', 400, 'POST', /name: is required/, HEADERS, '{"id":"abc","description":""}'],
  ])('%s', async (_name, status, method, message, headers, body) => {
    const answer = await call(method, '/api/namespaces', body, headers);
    expectError(answer, status);
    expect(answer.body['message']).toMatch(message);
    expect(answer.text).not.toContain(token);
  });

  test.each([
    ['expired', 401, { message: 'the token expired at 2020-01-01T00:00:00.000Z' }, '2020-01-01T00:00:00Z', false],
    ['disabled', 401, { message: 'the token is disabled' }, null, true],
    ['good after all', 200, { namespaces: expect.any(Array) }, '9999-01-01T00:00:00Z', false],
  ])('with a token that is %s', async (_name, status, body, expires, disabled) => {
    const secret = uniqueId('token');
    await database.query(
      `insert into tokens (hash, "user", roles, expires, disabled) values (sha256($1), 'sam', '{user}', $2, $3)`,
      [Buffer.from(secret), expires, disabled],
    );
    const request = { ...tokenless, authorization: `Bearer ${secret}` };
    const answer = await call('GET', '/api/namespaces', undefined, request);
    expect(answer).toMatchObject({ status, body });
  });

  test('tokens are not in the database in clear', async () => {
    const { rows } = await database.query<{ text: string }>('select t::text as text from tokens t');
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) expect(text).not.toContain(token);
  });

  test('a content type may have parameters, or be absent', async () => {
    const body = JSON.stringify({ id: NAMESPACE, name: '', description: '' });
    for (const contentType of [`${type}; charset=utf-8`, 'Application/JSON']) {
      const answer = await call('POST', '/api/namespaces', body, { ...HEADERS, 'content-type': contentType });
      expect(answer.status).toBe(409);
    }
    const bytes = await fetch(`${apiUrl}/api/namespaces`, {
      method: 'POST',
      headers: { authorization, ...tokenless },
      body: new TextEncoder().encode(body),
    });
    expect(bytes.status).toBe(409);
  });

  test.each([
    ['limit=-1', /query\.limit: .*"-1"/],
    ['limit=', /query\.limit: .*""/],
    ['reverse=True', /query\.reverse: .*"True"/],
    ['limit=1&limit=2', /query\.limit: .*twice/],
  ])('the query %s', async (query, message) => {
    const answer = await call('GET', `${place('demo')}/runs?${query}`);
    expectError(answer, 400);
    expect(answer.body['message']).toMatch(message);
  });

  test('a run number that is none', async () => {
    const answer = await call('GET', `${place('demo')}/runs/first`);
    expectError(answer, 400);
    expect(answer.body['message']).toMatch(/path\.run_id: .*"first"/);
  });

  test('variables of a run that no container can have', async () => {
    const id = await registered();
    const answer = await call('POST', `${place(id)}/runs`, { variables: { 'A=B': 'x', NUMBER: 7 } });
    expectError(answer, 400);
    expect(answer.body['message']).toMatch(/variables\.NUMBER: .*7/);
    expectError(await call('POST', `${place(id)}/runs`, { variables: { 'A=B': 'x' } }), 400);
    expect((await call('GET', `${place(id)}/runs`)).body).toEqual({ runs: [] });
  });
});

describe('paths and methods', () => {
  test('empty segments do not matter', async () => {
    const answer = await call('GET', '//api//namespaces/');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe((await call('GET', '/api/namespaces')).text);
  });

  test('an unknown path below /api is a JSON error, another one a page', async () => {
    expectError(await call('GET', '/api/nothing'), 404);
    const page = await call('GET', '/nothing');
    expect(page).toMatchObject({ status: 404, body: {} });
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  });

  test('another method gets a 405 with one Allow header for each that there is', async () => {
    const request = httpRequest(`${apiUrl}/api/namespaces/default`, { method: 'PUT', headers: HEADERS, agent: false });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    const { rawHeaders } = response;
    const allowed = rawHeaders.filter((_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'allow');
    expect(response.statusCode).toBe(405);
    expect(allowed).toEqual(['DELETE', 'GET', 'PATCH']);
    expectError(await call('OPTIONS', '/api/namespaces'), 405);
  });

  test('every answer has a request id of its own, and a body without charset', async () => {
    const answers = await Promise.all([1, 2].map(() => call('GET', '/api/system/metadata')));
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(2);
    expect(answers[0]?.headers.get('content-type')).toBe('application/json');
  });
});

describe('what is missing', () => {
  const missing = '/api/namespaces/default/pipelines/ghost';

  test.each([
    ['GET', '/api/namespaces/ghost'],
    ['PATCH', '/api/namespaces/ghost', { name: 'x' }],
    ['PATCH', '/api/namespaces/ghost', {}],
    ['DELETE', '/api/namespaces/ghost'],
    ['GET', missing],
    ['PATCH', missing, { state: 'disabled' }],
    ['PATCH', missing, {}],
    ['DELETE', missing],
    ['GET', `${missing}/configs/0`],
    ['GET', `${missing}/configs/1`],
    ['GET', `${missing}/configs/-1`],
    ['GET', `${missing}/configs/9007199254740993`],
    ['POST', `${missing}/configs/1`],
    ['DELETE', `${missing}/configs/1`],
    ['GET', `${missing}/deployments/1`],
    ['GET', `${missing}/deployments/9007199254740993`],
    ['POST', `${missing}/runs`, { variables: {} }],
    ['GET', `${missing}/runs/1`],
    ['GET', `${missing}/runs/9223372036854775807`],
    ['DELETE', `${missing}/runs/1`],
    ['GET', `${missing}/runs/1/tasks/main`],
    ['DELETE', `${missing}/runs/1/tasks/main?wait_for=1`],
    ['DELETE', `${missing}/runs/1/tasks/main/logs`],
    ['GET', '/api/events/01930000-0000-7000-8000-000000000000'],
    ['GET', '/api/events/nonsense'],
  ])('%s %s is a 404', async (method, path, body?: object) => {
    const answer = await call(method, path, body);
    expectError(answer, 404);
    expect(answer.body['message']).toMatch(/does not exist/);
  });

  test('has empty lists below it', async () => {
    expect((await call('GET', `${missing}/configs`)).body).toEqual({ configs: [] });
    expect((await call('GET', `${missing}/deployments`)).body).toEqual({ deployments: [] });
    expect((await call('GET', `${missing}/runs`)).body).toEqual({ runs: [] });
    expect((await call('GET', '/api/namespaces/ghost/pipelines')).body).toEqual({ pipelines: [] });
  });

  test('a version that does not exist is not deployed', async () => {
    const id = await registered();
    for (const version of [2, -1, '9007199254740993']) {
      expectError(await call('POST', `${place(id)}/configs/${version}`), 404);
    }
    expect((await call('GET', `${place(id)}/deployments`)).body).toEqual({ deployments: [] });
    const { body } = await call('GET', `${place(id)}/configs/1`);
    expect(body['config']).toMatchObject({ state: 'unreleased' });
  });
});
