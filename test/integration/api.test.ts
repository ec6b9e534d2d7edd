import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { ClusterAddresses } from '../helpers/cluster.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { call, createNamespace, expectError, NAMESPACE, place, register, registered } from './helpers/raw-api.ts';

const { databaseUrl }: ClusterAddresses = inject('cluster');
const database = new pg.Client({ connectionString: databaseUrl });

beforeAll(async () => {
  await database.connect();
  await createNamespace();
});

afterAll(() => database.end());

/** Starts a run that needs no container, and waits for its end. */
async function finishedRun(id: string): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await call('POST', `${place(id)}/runs`, { variables: {} });
  const { run_id: run } = body['run'] as { run_id: number };
  return vi.waitFor(
    async () => {
      const answer = await call('GET', `${place(id)}/runs/${run}`);
      const found = answer.body['run'] as Readonly<Record<string, unknown>>;
      expect(found['state']).toBe('complete');
      return found;
    },
    { timeout: 30_000, interval: 50 },
  );
}

describe('namespaces', () => {
  test('live as the contract says', async () => {
    const id = uniqueId('ns');
    const created = await call('POST', '/api/namespaces', { id, name: 'One', description: '' });
    expect(created.status).toBe(201);
    const namespace = { id, name: 'One', description: '', created: expect.any(Number), modified: 0 };
    expect(created.body).toEqual({ namespace });
    expectError(await call('POST', '/api/namespaces', { id, name: 'Two', description: '' }), 409);

    for (const nothing of [{}, { name: null, description: null }, { name: 'One' }]) {
      const answer = await call('PATCH', `/api/namespaces/${id}`, nothing);
      expect(answer).toMatchObject({ status: 200, body: created.body });
    }
    const changed = await call('PATCH', `/api/namespaces/${id}`, { name: 'Two' });
    expect(changed.body['namespace']).toMatchObject({ name: 'Two', description: '', modified: expect.any(Number) });
    expect(changed.body['namespace']).not.toMatchObject({ modified: 0 });

    const deleted = await call('DELETE', `/api/namespaces/${id}`);
    expect(deleted).toMatchObject({ status: 204, text: '' });
    expect(deleted.headers.get('content-type')).toBeNull();
    expect(deleted.headers.get('content-length')).toBeNull();
    expectError(await call('GET', `/api/namespaces/${id}`), 404);
  });
});

describe('configs and deployments', () => {
  test('come back in the shape of the API', async () => {
    const id = uniqueId('api');
    const tasks = [
      {
        id: 'fetch',
        description: 'get it',
        image: 'alpine:3.20',
        registry_auth: null,
        depends_on: {},
        variables: { REPO: 'https://git.example/x' },
        entrypoint: null,
        command: ['sh', '-c', 'echo hi'],
        inject_api_token: false,
        always_pull_newest_image: false,
      },
      {
        id: 'report',
        image: 'alpine:3.20',
        depends_on: { fetch: 'Any' },
        variables: { KEY: 'pipeline_secret{{mail-key}}' },
        inject_api_token: true,
        always_pull_newest_image: true,
      },
    ];
    const answer = await register(id, { id, name: 'Nightly', description: 'Checks', parallelism: 1, tasks });
    expect(answer.status).toBe(201);
    const key = { namespace_id: NAMESPACE, pipeline_id: id };
    const [fetchTask, report] = tasks;
    const config = {
      ...key,
      version: 1,
      parallelism: 1,
      name: 'Nightly',
      description: 'Checks',
      state: 'unreleased',
      registered: expect.any(Number),
      deprecated: 0,
      tasks: {
        fetch: {
          ...fetchTask,
          variables: [{ key: 'REPO', value: 'https://git.example/x', source: 'pipeline_config' }],
        },
        report: {
          ...report,
          description: '',
          registry_auth: null,
          depends_on: { fetch: 'any' },
          variables: [{ key: 'KEY', value: 'pipeline_secret{{mail-key}}', source: 'pipeline_config' }],
          entrypoint: null,
          command: null,
        },
      },
    };
    const metadata = { ...key, created: expect.any(Number), modified: 0, state: 'active' };
    expect(answer.body).toEqual({ pipeline: { metadata, config } });
    expect((await call('GET', `${place(id)}/configs/1`)).body).toEqual({ config });
    expect((await call('GET', `${place(id)}/configs`)).body).toEqual({ configs: [config] });
    expect((await call('GET', place(id))).body).toEqual({ pipeline: metadata });
  });

  test('version 0 is the highest, and the list begins with it', async () => {
    const id = await registered();
    await register(id, { ...pipelineOf(id), name: 'second' });
    expect((await call('GET', `${place(id)}/configs/0`)).body['config']).toMatchObject({ version: 2, name: 'second' });
    const { configs } = (await call('GET', `${place(id)}/configs`)).body as { configs: { version: number }[] };
    expect(configs.map(({ version }) => version)).toEqual([2, 1]);
  });

  test('a deployment makes its version live and the other one deprecated', async () => {
    const id = await registered();
    await register(id, pipelineOf(id));
    const first = await call('POST', `${place(id)}/configs/1`);
    const deployment = {
      namespace_id: NAMESPACE,
      pipeline_id: id,
      deployment_id: 1,
      start_version: 1,
      end_version: 1,
      started: expect.any(Number),
      ended: expect.any(Number),
      state: 'Complete',
      status: 'Successful',
      status_reason: null,
      logs: [],
    };
    expect(first).toMatchObject({ status: 201, body: { deployment } });
    expect(first.body).toEqual({ deployment });
    const second = { ...deployment, deployment_id: 2, end_version: 2 };
    expect((await call('POST', `${place(id)}/configs/2`)).body).toEqual({ deployment: second });
    expect((await call('GET', `${place(id)}/deployments/2`)).body).toEqual({ deployment: second });
    expect((await call('GET', `${place(id)}/deployments`)).body).toEqual({ deployments: [deployment, second] });
    const { configs } = (await call('GET', `${place(id)}/configs`)).body;
    expect(configs).toMatchObject([
      { version: 2, state: 'live', deprecated: 0 },
      { version: 1, state: 'deprecated', deprecated: expect.any(Number) },
    ]);
  });

  test('the highest, the live and a used version stay', async () => {
    const id = uniqueId('api');
    for (let version = 1; version <= 4; version += 1) await register(id, pipelineOf(id));
    const remove = (version: number) => call('DELETE', `${place(id)}/configs/${version}`);
    await call('POST', `${place(id)}/configs/1`);
    await finishedRun(id);
    expectError(await remove(1), 400);
    expectError(await remove(4), 400);
    expectError(await remove(7), 404);
    await call('POST', `${place(id)}/configs/2`);
    expectError(await remove(1), 409);
    expectError(await remove(2), 400);
    expect(await remove(3)).toMatchObject({ status: 204, text: '' });
    const { configs } = (await call('GET', `${place(id)}/configs`)).body as { configs: { version: number }[] };
    expect(configs.map(({ version }) => version)).toEqual([4, 2, 1]);
    expect((await register(id, pipelineOf(id))).body['pipeline']).toMatchObject({ config: { version: 5 } });
  });

  test('registry passwords never come back, and are not in the database in clear', async () => {
    const id = uniqueId('api');
    const password = `hunter2-${id}`;
    const auth = { registry_auth: { user: 'robot', pass: password } };
    const answer = await register(id, pipelineOf(id, shellTask('main', 'true', auth)));
    expect(answer.status).toBe(201);
    const others = await Promise.all(['/configs', '/configs/1'].map((path) => call('GET', `${place(id)}${path}`)));
    for (const { text } of [answer, ...others]) {
      expect(text).not.toContain('hunter2');
      expect(text).toContain('[Redacted]');
    }
    const tables = await database.query<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'",
    );
    expect(tables.rows.length).toBeGreaterThan(5);
    for (const { name } of tables.rows) {
      const { rows } = await database.query<{ text: string }>(`select t::text as text from ${name} t`);
      for (const { text } of rows) expect(text).not.toContain(password);
    }
    const stored = await database.query('select registry_auths from pipeline_configs where pipeline_id = $1', [id]);
    expect(stored.rows).toEqual([
      { registry_auths: { main: expect.stringMatching(/^g1:default:[A-Za-z0-9+/]{40,}=*$/) } },
    ]);
  });

  test('a wrong registry password is not repeated', async () => {
    const id = uniqueId('api');
    const answer = await register(
      id,
      pipelineOf(id, shellTask('main', '', { registry_auth: { user: '', pass: 'x\0y' } })),
    );
    expectError(answer, 400);
    expect(answer.body['message']).toContain('config.tasks[0].registry_auth.pass');
    expect(answer.text).not.toContain('x\\');
  });
});

describe('pipelines', () => {
  test('can be switched off and on; what changes nothing is fine', async () => {
    const id = await registered();
    const patch = (body: object) => call('PATCH', place(id), body);
    for (const nothing of [{}, { state: null }, { state: 'active' }]) expect((await patch(nothing)).status).toBe(204);
    expect((await call('GET', place(id))).body['pipeline']).toMatchObject({ state: 'active', modified: 0 });
    expect((await patch({ state: 'disabled' })).status).toBe(204);
    const { pipeline } = (await call('GET', place(id))).body as { pipeline: { modified: number; state: string } };
    expect(pipeline.state).toBe('disabled');
    expect(pipeline.modified).toBeGreaterThan(0);
    expectError(await patch({ state: 'unknown' }), 400);
    const wrong = await patch({ state: 'asleep' });
    expectError(wrong, 400);
    expect(wrong.body['message']).toMatch(/state: .*"asleep"/);
  });

  test('are listed by id, and gone when deleted', async () => {
    const [first, second] = [await registered(), await registered()].sort();
    const ids = async () => {
      const { body } = await call('GET', `/api/namespaces/${NAMESPACE}/pipelines`);
      return (body['pipelines'] as { pipeline_id: string }[]).map(({ pipeline_id: id }) => id);
    };
    const before = await ids();
    expect(before).toEqual(before.toSorted());
    expect(before).toEqual(expect.arrayContaining([first, second]));
    expect(await call('DELETE', place(first ?? ''))).toMatchObject({ status: 204, text: '' });
    expect(await ids()).toEqual(before.filter((id) => id !== first));
  });
});

describe('runs', () => {
  test('of a disabled pipeline are refused', async () => {
    const id = await registered('disabled');
    const answer = await call('POST', `${place(id)}/runs`, { variables: {} });
    expectError(answer, 503);
    expect(answer.body['message']).toContain('disabled');
    expect((await call('GET', `${place(id)}/runs`)).body).toEqual({ runs: [] });
  });

  test('have the shape of the API when they begin and when they are over', async () => {
    const id = uniqueId('api');
    await register(id, pipelineOf(id));
    const answer = await call('POST', `${place(id)}/runs`, { variables: { REPO: 'https://git.example/y' } });
    const run = {
      namespace_id: NAMESPACE,
      pipeline_id: id,
      pipeline_config_version: 1,
      run_id: 1,
      started: expect.any(Number),
      ended: 0,
      state: 'pending',
      status: 'unknown',
      status_reason: null,
      initiator: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), user: 'bootstrap' },
      variables: [{ key: 'REPO', value: 'https://git.example/y', source: 'run_options' }],
      token_id: null,
      store_objects_expired: false,
      detail: { workflow_id: `run:${NAMESPACE}/${id}/1` },
    };
    expect(answer.status).toBe(201);
    expect(answer.body['run']).toMatchObject(run);
    const over = await finishedRun(id);
    expect(over).toMatchObject({
      run_id: 2,
      state: 'complete',
      status: 'successful',
      status_reason: null,
      variables: [],
    });
    expect(over['event_id']).toMatch(/^[0-9a-f-]{36}$/);
    const event = await call('GET', `/api/events/${String(over['event_id'])}`);
    expect(event.body).toEqual({
      event: {
        id: over['event_id'],
        kind: { queued_run: { namespace_id: NAMESPACE, pipeline_id: id, run_id: 2 } },
        emitted: expect.any(Number),
      },
    });
  });

  test('are listed in pages', async () => {
    const id = uniqueId('api');
    await register(id, pipelineOf(id));
    for (let run = 1; run <= 5; run += 1) await call('POST', `${place(id)}/runs`, { variables: {} });
    const list = async (query: string) => {
      const { body } = await call('GET', `${place(id)}/runs?${query}`);
      return (body['runs'] as { run_id: number }[]).map(({ run_id: run }) => run);
    };
    expect(await list('')).toEqual([1, 2, 3, 4, 5]);
    expect(await list('reverse=true')).toEqual([5, 4, 3, 2, 1]);
    expect(await list('limit=2&offset=1')).toEqual([2, 3]);
    expect(await list('limit=2&offset=1&reverse=true')).toEqual([4, 3]);
    expect(await list('limit=0')).toEqual([]);
    expect(await list('limit=18446744073709551615')).toEqual([1, 2, 3, 4, 5]);
    expect(await list('offset=18446744073709551615')).toEqual([]);
    expect(await list('colour=red')).toEqual([1, 2, 3, 4, 5]);
  });
});
