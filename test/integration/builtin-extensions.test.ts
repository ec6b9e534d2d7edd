import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../runtime/embedded/ports.ts';
import type { Subscription } from '../../sdk/wire.ts';
import { startCluster, type Cluster } from '../helpers/cluster.ts';
import { FakeGithub } from '../helpers/fake-github.ts';
import { clientFor, pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import type { Program } from '../helpers/programs.ts';

// A cluster of its own, because its worker is killed, and because runs have nothing to do here but to be started.
let cluster: Cluster;
let worker: Program;
let externalUrl: string;
let github: FakeGithub;
let database: pg.Client;

beforeAll(async () => {
  const externalAddress = `127.0.0.1:${await freePort()}`;
  externalUrl = `http://${externalAddress}/api/external`;
  cluster = await startCluster({
    GOFER_WEB_SCHEDULER__ENGINE: 'none',
    GOFER_WEB_EXTERNAL_EVENTS__BIND_ADDRESS: externalAddress,
  });
  [worker, github] = await Promise.all([cluster.startWorker(), FakeGithub.start()]);
  database = new pg.Client({ connectionString: cluster.addresses.databaseUrl });
  await database.connect();
}, 120_000);

afterAll(async () => {
  github.stop();
  await database.end();
  await cluster.stop();
});

async function call<Answer>(method: string, path: string, body?: object): Promise<{ status: number; body: Answer }> {
  const { apiUrl, token } = cluster.addresses;
  const response = await fetch(`${apiUrl}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0', 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  return { status: response.status, body: (answer === '' ? {} : JSON.parse(answer)) as Answer };
}

async function install(kind: string, settings: Record<string, string>): Promise<string> {
  const id = uniqueId(kind);
  expect(await call('POST', '/extensions', { id, image: `builtin/${kind}`, settings })).toMatchObject({ status: 201 });
  return id;
}

async function register(...scripts: string[]): Promise<string> {
  const id = uniqueId('started');
  const gofer = clientFor(cluster.addresses);
  await gofer.configs.register('default', pipelineOf(id, shellTask('main', scripts[0] ?? 'true')));
  return id;
}

const place = (pipeline: string) => `/namespaces/default/pipelines/${pipeline}/subscriptions`;

async function subscribe(pipeline: string, extension: string, settings: Record<string, string>, id = 'some') {
  const wish = { extension_id: extension, subscription_id: id, settings };
  return call<{ subscription: Subscription; message: string }>('POST', place(pipeline), wish);
}

interface Started {
  readonly identity: string;
  readonly status: string;
  readonly user: string;
  readonly variables: readonly { readonly key: string; readonly value: string }[];
}

/** The runs of a pipeline that were started by themselves. */
async function runsOf(pipeline: string): Promise<Started[]> {
  const { rows } = await database.query<Started>(
    `select identity, status, initiator_user as user, variables from runs join run_triggers using (namespace_id, pipeline_id, run_id)
     where pipeline_id = $1 order by run_id`,
    [pipeline],
  );
  return rows;
}

/** The nominal times of its ticks. */
const timesOf = async (pipeline: string) =>
  (await runsOf(pipeline)).map(({ identity }) => Date.parse(identity.replace('tick:', '')));

const untilRuns = (pipeline: string, count: number) =>
  vi.waitUntil(
    async () => {
      const runs = await runsOf(pipeline);
      return runs.length >= count && runs.every(({ status }) => status !== 'unknown') ? runs : undefined;
    },
    { timeout: 45_000, interval: 100 },
  );

/** Until the subscription waits for something: its workflow has planned it. */
const untilPlanned = (pipeline: string) =>
  vi.waitUntil(
    async () => {
      const query =
        'select 1 from subscriptions where pipeline_id = $1 and dispatched is not null and (tick_due is not null or watches is not null)';
      return (await database.query(query, [pipeline])).rowCount === 1;
    },
    { timeout: 45_000, interval: 100 },
  );

test('the standard ones are there and run', async () => {
  const running = async () => {
    const { body } = await call<{
      extensions: { registration: { extension_id: string; image: string }; state: string }[];
    }>('GET', '/extensions');
    return body.extensions
      .map(({ registration, state }) => `${registration.extension_id} ${registration.image} ${state}`)
      .toSorted();
  };
  await vi.waitUntil(async () => (await running()).every((line) => line.endsWith(' running')), { timeout: 45_000 });
  const standard = ['cron', 'interval', 'notify', 'pipeline', 'webhook'];
  expect(await running()).toEqual(expect.arrayContaining(standard.map((id) => `${id} builtin/${id} running`)));
});

test('an interval starts runs, says when the next ones are, and stops when it is switched off', async () => {
  const extension = await install('interval', { MIN_INTERVAL: '1s' });
  const pipeline = await register();
  expect((await subscribe(pipeline, extension, { every: '1s' })).status).toBe(201);
  const runs = await untilRuns(pipeline, 3);
  expect(runs[0]).toMatchObject({ status: 'successful', user: `${extension} (extension)`, variables: [] });
  const times = runs.map(({ identity }) => Date.parse(identity.replace('tick:', '')));
  for (const [index, time] of times.entries()) expect(time - (times[0] ?? 0)).toBe(index * 1000);

  const path = `${place(pipeline)}/${extension}/some`;
  const shown = await call<{ subscription: Subscription }>('GET', path);
  expect(shown.body.subscription.next).toHaveLength(5);
  expect(((shown.body.subscription.next?.[0] ?? 0) - (times[0] ?? 0)) % 1000).toBe(0);
  expect(shown.body.subscription.last_run?.run_id).toBeGreaterThanOrEqual(3);
  const listed = await call<{ subscriptions: Subscription[] }>('GET', `/extensions/${extension}/subscriptions`);
  expect(listed.body.subscriptions).toMatchObject([{ subscription_id: 'some', last_run: { status: 'successful' } }]);

  expect((await call('PATCH', path, { status: 'active', settings: { every: '1ms' } })).status).toBe(400);
  expect((await call('PATCH', path, { status: 'active', settings: { every: '2s' } })).status).toBe(204);
  const changed = await call<{ subscription: Subscription }>('GET', path);
  expect(changed.body.subscription).toMatchObject({ status: 'active', settings: { every: '2s' } });

  expect((await call('PATCH', path, { status: 'disabled' })).status).toBe(204);
  await vi.waitUntil(
    async () =>
      (await database.query('select 1 from subscriptions where pipeline_id = $1 and tick_due is null', [pipeline]))
        .rowCount === 1,
    { timeout: 45_000 },
  );
  const count = (await runsOf(pipeline)).length;
  await sleep(2500);
  expect(await runsOf(pipeline)).toHaveLength(count);
  expect((await call<{ subscription: Subscription }>('GET', path)).body.subscription.next).toBeUndefined();
  expect((await call('DELETE', path)).status).toBe(204);
});

test('what is wrong with the parameters is said by the answer', async () => {
  const pipeline = await register();
  expect(await subscribe(pipeline, 'interval', { every: '5s' })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('every: must be at least 1m, got "5s"') as string },
  });
  expect(await subscribe(pipeline, 'cron', { expression: '0 0 31 2 *' })).toMatchObject({ status: 400 });
});

test('a secret that a parameter refers to is not told by what is wrong with it', async () => {
  const pipeline = await register();
  await call('POST', `/namespaces/default/pipelines/${pipeline}/secrets`, {
    key: 'hidden',
    content: 'very-private',
    force: true,
  });
  const { status, body } = await subscribe(pipeline, 'cron', { expression: 'pipeline_secret{{hidden}}' });
  expect(status).toBe(400);
  expect(body.message).toContain('pipeline_secret{{hidden}} is not valid here');
  expect(body.message).not.toContain('very-private');
});

async function post(extension: string, body: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${externalUrl}/${extension}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  await response.text();
  return response.status;
}

test('a webhook starts one run a delivery, and nothing without the signature', async () => {
  const pipeline = await register();
  await call('POST', `/namespaces/default/pipelines/${pipeline}/secrets`, {
    key: 'hook',
    content: 'quiet',
    force: true,
  });
  const settings = {
    secret: 'pipeline_secret{{hook}}',
    header: 'x-gitea-signature',
    filter: "body.ref == 'refs/heads/main'",
    variables: 'SHA=body.after',
    delivery: 'headers.x-number',
  };
  expect((await subscribe(pipeline, 'webhook', settings)).status).toBe(201);
  const push = (ref: string, number: string) => {
    const body = JSON.stringify({ ref: `refs/heads/${ref}`, after: number });
    return post('webhook', body, {
      'x-gitea-signature': createHmac('sha256', 'quiet').update(body).digest('hex'),
      'x-number': number,
    });
  };
  expect(await post('webhook', '{}', {})).toBe(401);
  expect([await push('topic', '1'), await push('main', '2'), await push('main', '2'), await push('main', '3')]).toEqual(
    [204, 204, 204, 204],
  );
  const runs = await untilRuns(pipeline, 2);
  expect(runs.map(({ identity, variables }) => [identity, variables[0]?.value])).toEqual([
    ['delivery:2', '2'],
    ['delivery:3', '3'],
  ]);
});

test('a pull request on GitHub starts a run that is shown there until its end', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const extension = await install('github', {
    APP_ID: '11',
    APP_INSTALLATION: '22',
    APP_KEY: Buffer.from(privateKey.export({ type: 'pkcs1', format: 'pem' })).toString('base64'),
    APP_WEBHOOK_SECRET: 'hook',
    API_URL: github.url,
  });
  const pipeline = await register();
  const settings = { repository: 'o/r', event_filter: 'pull_request_with_check/opened' };
  expect((await subscribe(pipeline, extension, settings, 'checks')).status).toBe(201);
  // GitHub is not always there.
  github.failures = 1;
  const body = JSON.stringify({
    action: 'opened',
    repository: { full_name: 'o/r', name: 'r', owner: { login: 'o' } },
    pull_request: { head: { sha: 'f00', ref: 'topic' }, user: { login: 'u' } },
  });
  const headers = {
    'x-github-event': 'pull_request',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': `sha256=${createHmac('sha256', 'hook').update(body).digest('hex')}`,
  };
  expect(await post(extension, body, { ...headers, 'x-hub-signature-256': 'sha256=00' })).toBe(401);
  expect([await post(extension, body, headers), await post(extension, body, headers)]).toEqual([204, 204]);
  const [run] = await untilRuns(pipeline, 1);
  expect(run?.variables).toContainEqual({
    key: 'GOFER_EXTENSION_GITHUB_PULLREQUEST_HEAD_SHA',
    value: 'f00',
    source: 'run_options',
  });
  await vi.waitUntil(() => github.checks.some(({ status }) => status === 'completed'), { timeout: 45_000 });
  expect(github.checks).toHaveLength(1);
  expect(github.checks[0]).toMatchObject({ name: 'checks', conclusion: 'success', head_sha: 'f00' });
  expect(await runsOf(pipeline)).toHaveLength(1);
});

test('the end of a run starts a run of another pipeline, and is told', async () => {
  const received: string[] = [];
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(body);
      response.writeHead(received.length === 1 ? 503 : 200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

  const [first, second] = [await register(), await register()];
  expect((await subscribe(second, 'pipeline', { pipeline: first, on: 'successful, failed' })).status).toBe(201);
  expect((await subscribe(first, 'notify', { on: 'ended', slack_url: url })).status).toBe(201);
  await Promise.all([untilPlanned(first), untilPlanned(second)]);
  await clientFor(cluster.addresses).runs.start({ namespace: 'default', pipeline: first });
  const [run] = await untilRuns(second, 1);
  expect(run).toMatchObject({ identity: `run:default/${first}/1`, user: 'pipeline (extension)' });
  await vi.waitUntil(() => received.length === 2, { timeout: 45_000 });
  receiver.close();
  // The same one again, because the first one was not taken.
  expect(received[1]).toBe(received[0]);
  expect(JSON.parse(received[1] ?? '')).toEqual({ text: `run #1 of pipeline 'default/${first}' ended successful.` });
  expect(await runsOf(second)).toHaveLength(1);
});

test('whenever the worker is killed, each tick has exactly one run', { timeout: 180_000 }, async () => {
  const extension = await install('interval', { MIN_INTERVAL: '1s' });
  const pipeline = await register();
  expect((await subscribe(pipeline, extension, { every: '1s', catch_up: 'all' })).status).toBe(201);
  await untilRuns(pipeline, 1);
  for (const offset of [0, 20, 60, 150, 400]) {
    const before = (await runsOf(pipeline)).length;
    await vi.waitUntil(async () => (await runsOf(pipeline)).length > before, { timeout: 45_000, interval: 5 });
    await sleep(offset);
    await worker.kill('SIGKILL');
    worker = await cluster.startWorker();
  }
  const count = (await runsOf(pipeline)).length;
  await vi.waitUntil(async () => (await runsOf(pipeline)).length > count + 1, { timeout: 45_000, interval: 100 });
  expect((await call('DELETE', `${place(pipeline)}/${extension}/some`)).status).toBe(204);
  const times = await timesOf(pipeline);
  expect(times.map((time) => (time - (times[0] ?? 0)) / 1000)).toEqual(times.map((_, index) => index));
});

test(
  'while Temporal is away no tick has a run; then the policies say which ones are made up for',
  { timeout: 240_000 },
  async () => {
    const extension = await install('interval', { MIN_INTERVAL: '1s' });
    const [skipping, making] = [await register(), await register()];
    await subscribe(skipping, extension, { every: '1s' });
    await subscribe(making, extension, { every: '1s', catch_up: 'all' });
    await Promise.all([untilRuns(skipping, 1), untilRuns(making, 1)]);

    await cluster.stopTemporal();
    const newest = async () => (await timesOf(making)).at(-1) ?? 0;
    // Long enough that these ticks count as missed, counted from the last one that was recorded.
    await vi.waitUntil(async () => Date.now() - (await newest()) > 65_000, { timeout: 120_000, interval: 500 });
    const recorded = [await timesOf(skipping), await timesOf(making)].map(({ length }) => length);
    await cluster.restartTemporal();
    for (const [at, pipeline] of [skipping, making].entries()) await untilRuns(pipeline, (recorded[at] ?? 0) + 2);
    for (const pipeline of [skipping, making])
      expect((await call('DELETE', `${place(pipeline)}/${extension}/some`)).status).toBe(204);

    const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
    expect(new Set(gaps(await timesOf(making)))).toEqual(new Set([1]));
    // What was late by less than a minute counts as on time.
    expect(gaps(await timesOf(skipping)).filter((seconds) => seconds !== 1)).toHaveLength(1);
  },
);
