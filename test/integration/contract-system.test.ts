import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../helpers/cluster.ts';

// What is switched here is switched for everybody, so this has a server of its own.
let cluster: Cluster;
let token = '';

beforeAll(async () => {
  cluster = await startCluster();
  ({ token } = cluster.addresses);
}, 120_000);

afterAll(() => cluster?.stop());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${cluster.addresses.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' },
    ...(body !== undefined && { body: new Blob([JSON.stringify(body)], { type: 'application/json' }) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

test('the server tells its version to everybody', async () => {
  const headers = { 'gofer-api-version': 'v0' };
  const response = await fetch(`${cluster.addresses.apiUrl}/api/system/metadata`, { headers });
  expect(await response.json()).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), semver: '0.9.1' });
});

test('no run starts while the switch says so', async () => {
  const pipelines = '/api/namespaces/default/pipelines/demo';
  const config = { id: 'demo', name: 'Demo', parallelism: 0, tasks: [] };
  expect((await call('POST', `${pipelines}/configs`, { config })).status).toBe(201);
  const start = async () => (await call('POST', `${pipelines}/runs`, { variables: {} })).status;
  const preferences = (ignore: boolean) => ({
    status: 200,
    body: { bootstrap_token_created: true, ignore_pipeline_run_events: ignore },
  });
  expect(await call('GET', '/api/system')).toEqual(preferences(false));
  expect(await start()).toBe(201);
  expect(await call('PATCH', '/api/system', { ignore_pipeline_run_events: true })).toEqual({ status: 200, body: {} });
  for (const nothing of [{}, { ignore_pipeline_run_events: null }]) {
    expect(await call('PATCH', '/api/system', nothing)).toEqual({ status: 200, body: {} });
  }
  expect(await call('GET', '/api/system')).toEqual(preferences(true));
  expect(await start()).toBe(503);
  expect((await call('PATCH', '/api/system', { ignore_pipeline_run_events: 'no' })).status).toBe(400);
  await call('PATCH', '/api/system', { ignore_pipeline_run_events: false });
  expect(await start()).toBe(201);
});

test('a bootstrap token that is deleted is not made again', async () => {
  const admin = await call('POST', '/api/tokens', { user: 'sam', roles: ['admin'], expires: 0 });
  const { token: own } = (await call('GET', '/api/tokens/whoami')).body as { token: { id: string } };
  ({ secret: token } = admin.body as { secret: string });
  expect((await call('DELETE', `/api/tokens/${own.id}`)).status).toBe(204);
  expect((await call('POST', '/api/tokens/bootstrap')).status).toBe(409);
  expect(await call('GET', '/api/system')).toMatchObject({ body: { bootstrap_token_created: true } });
});
