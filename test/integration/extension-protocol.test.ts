import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import type { Extension, Subscription } from '../../sdk/wire.ts';
import { docker } from '../helpers/docker.ts';
import { containersOfExtension, poll, startExtensionStage, type ExtensionStage } from '../helpers/extensions.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { buildImage } from '../helpers/images.ts';
import type { Program } from '../helpers/programs.ts';
import { changedSignal } from '../../workflows/messages.ts';

// The extension is a shell script that was written from the protocol alone. What it does is in test/fixtures/extension.

let stage: ExtensionStage;
let worker: Program;
let image = '';

beforeAll(async () => {
  image = await buildImage(join(packageRoot, 'test', 'fixtures', 'extension'), 'gofer/test/extension:1');
  stage = await startExtensionStage();
  worker = await stage.cluster.startWorker();
}, 120_000);

afterAll(async () => {
  const { body } = await stage.call<{ extensions: Extension[] }>('GET', 'extensions');
  const ids = body.extensions.map(({ registration }) => registration.extension_id);
  for (const id of ids) await stage.call('DELETE', `extensions/${id}`);
  for (const id of ids)
    await poll(
      () => containersOfExtension(id),
      (containers) => containers.length === 0,
    );
  await stage.stop();
}, 120_000);

async function install(settings: Record<string, string> = {}): Promise<string> {
  const id = uniqueId('shell');
  const answer = await stage.call<{ extension: Extension }>('POST', 'extensions', { id, image, settings });
  expect(answer.status).toBe(201);
  return id;
}

async function registered(): Promise<string> {
  const id = uniqueId('listener');
  const config = pipelineOf(id, shellTask('main', 'echo $MOOD'));
  expect((await stage.call('POST', `namespaces/default/pipelines/${id}/configs`, { config })).status).toBe(201);
  return id;
}

const under = (pipeline: string) => `namespaces/default/pipelines/${pipeline}/subscriptions`;
const subscribe = (extension: string, pipeline: string, settings: Record<string, string>, id = 'first') =>
  stage.call('POST', under(pipeline), { extension_id: extension, subscription_id: id, settings });
const stateOf = (pipeline: string, extension: string) =>
  stage.call<{ subscription: Subscription }>('GET', `${under(pipeline)}/${extension}/first`);

describe('an installed extension', () => {
  test('runs in a container with the environment of the protocol, and documents itself', async () => {
    const id = await install({ GREETING: 'hello', API_KEY: 'not for everybody' });
    const extension = await stage.get(id);
    expect(extension).toMatchObject({
      state: 'running',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      started: expect.any(Number),
      documentation: {
        body: 'A shell script.',
        config_params: [{ key: 'greeting', required: false, documentation: 'what to say' }],
        pipeline_subscription_params: [{ key: 'word', required: true, documentation: 'what to listen for' }],
      },
    });
    const log = await stage.untilLogged(id, /serving/);
    expect(log).toContain(`environment ${id} false info GREETING=hello\n`);
    const [container] = await containersOfExtension(id);
    const { Config: config } = await docker.getContainer(container ?? '').inspect();
    expect(config.Env).toEqual(
      expect.arrayContaining([
        'API_KEY=not for everybody',
        'GOFER_EXTENSION_CONFIG_GREETING=hello',
        'GOFER_EXTENSION_SYSTEM_BIND_ADDRESS=0.0.0.0:8082',
        'GOFER_EXTENSION_SYSTEM_TLS_CERT=',
        expect.stringMatching(/^GOFER_EXTENSION_SYSTEM_GOFER_HOST=172\.17\.0\.1:\d+$/),
        expect.stringMatching(/^GOFER_EXTENSION_SYSTEM_SECRET=[A-Za-z0-9]{32}$/),
      ]),
    );
    expect(await stage.call('GET', `extensions/${id}/debug`)).toMatchObject({
      status: 200,
      body: { info: '0 subscriptions' },
    });
  });

  test('is changed in place, switched off and on, and uninstalled without a trace', async () => {
    const id = await install({ GREETING: 'hello' });
    const [first] = await containersOfExtension(id);
    const change = { enable: true, settings: { GREETING: 'ciao' } };
    expect((await stage.call('PATCH', `extensions/${id}`, change)).status).toBe(204);
    await stage.until(id, ({ state }) => state === 'running');
    expect(await stage.untilLogged(id, /serving/)).toContain('GREETING=ciao');
    expect(await containersOfExtension(id)).not.toContain(first);

    expect((await stage.call('PATCH', `extensions/${id}`, { enable: false })).status).toBe(204);
    await poll(
      () => containersOfExtension(id),
      (containers) => containers.length === 0,
    );
    expect(await stage.get(id)).toMatchObject({ state: 'exited', registration: { status: 'disabled' } });
    expect((await subscribe(id, await registered(), { word: 'go' })).status).toBe(409);
    expect((await stage.call('PATCH', `extensions/${id}`, { enable: true })).status).toBe(204);
    await stage.until(id, ({ state }) => state === 'running');

    expect((await stage.call('DELETE', `extensions/${id}`)).status).toBe(204);
    expect((await stage.call('GET', `extensions/${id}`)).status).toBe(404);
    await poll(
      () => containersOfExtension(id),
      (containers) => containers.length === 0,
    );
    const tokens = await stage.call<{ tokens: { metadata: { extension_id?: string } }[] }>('GET', 'tokens');
    expect(tokens.body.tokens.filter(({ metadata }) => metadata.extension_id === id)).toEqual([]);
  });

  test('that cannot start says why, is tried again, and is in nobody’s way', async () => {
    const dying = await install({ GREETING: 'die' });
    const ended = await stage.until(dying, ({ state }) => state === 'exited');
    expect(ended.detail?.message).toContain('exit code 7');
    expect(await stage.untilLogged(dying, /dying as told/)).toContain('GREETING=die');
    expect((await stage.call('GET', `extensions/${dying}/debug`)).status).toBe(503);
    const id = uniqueId('missing');
    const missing = { id, image: 'registry.invalid/nothing:1', settings: {} };
    const answer = await stage.call<{ extension: Extension }>('POST', 'extensions', missing);
    expect(answer).toMatchObject({ status: 201, body: { extension: { state: 'exited' } } });
    expect(answer.body.extension.detail?.message).toContain('registry.invalid/nothing:1');

    const well = await install();
    expect((await stage.get(well)).state).toBe('running');
    const [first] = await containersOfExtension(dying);
    await poll(
      () => containersOfExtension(dying),
      ([container]) => container !== undefined && container !== first,
    );
    await stage.call('PATCH', `extensions/${dying}`, { enable: true, settings: { GREETING: 'live' } });
    await stage.until(dying, ({ state }) => state === 'running');
  });
});

describe('a subscription', () => {
  let extension = '';
  let pipeline = '';
  beforeAll(async () => {
    extension = await install();
    pipeline = await registered();
  });

  test('that the extension refuses is refused in its words, and is not there', async () => {
    const refused = await subscribe(extension, pipeline, { word: 'bad' });
    expect(refused.status).toBe(400);
    expect(refused.body['message']).toBe(`extension '${extension}': Bad Request: bad words are not taken`);
    const broken = await subscribe(extension, pipeline, { word: 'broken' });
    expect(broken.status).toBe(503);
    expect(broken.body['message']).toContain('something broke');
    const incomplete = await subscribe(extension, pipeline, {});
    expect(incomplete.status).toBe(400);
    expect(incomplete.body['message']).toContain('settings.word: is required');
    expect((await stage.call('GET', under(pipeline))).body).toEqual({ subscriptions: [] });
  });

  test('is handed over with its secrets, told of every switch, and ended with its pipeline', async () => {
    const secrets = `namespaces/default/pipelines/${pipeline}/secrets`;
    await stage.call('POST', secrets, { key: 'password', content: 'sesame', force: false });
    const settings = { word: 'pipeline_secret{{password}}' };
    expect((await subscribe(extension, pipeline, settings)).status).toBe(201);
    expect((await subscribe(extension, pipeline, settings)).status).toBe(409);
    await stage.untilLogged(extension, new RegExp(`subscribe default_${pipeline}_first sesame`));
    expect((await stateOf(pipeline, extension)).body.subscription).toMatchObject({ settings, status: 'active' });

    const path = `${under(pipeline)}/${extension}/first`;
    expect((await stage.call('PATCH', path, { status: 'disabled' })).status).toBe(204);
    await stage.untilLogged(extension, new RegExp(`unsubscribe default_${pipeline}_first`));
    expect((await stage.call('PATCH', path, { status: 'active' })).status).toBe(204);
    await stage.untilLogged(extension, /(\bsubscribe default_[\s\S]*){2}/);

    await stage.call('DELETE', `namespaces/default/pipelines/${pipeline}`);
    await stage.untilLogged(extension, /(unsubscribe default_[\s\S]*){2}/);
    expect((await stage.call('GET', `extensions/${extension}/subscriptions`)).body).toEqual({ subscriptions: [] });
  });
});

describe('external events', () => {
  test('start runs, once for each delivery, and survive a failing extension', async () => {
    const id = await install();
    const pipeline = await registered();
    expect((await subscribe(id, pipeline, { word: 'go' })).status).toBe(201);

    const body = Uint8Array.from([0, 255, 10, 200]);
    const delivery = { 'x-github-delivery': '72d3162e', 'content-type': 'application/octet-stream' };
    expect(await stage.send(id, body, delivery)).toBe(204);
    expect(await stage.send(id, body, delivery)).toBe(204);
    expect(await stage.send(id, 'again', { 'x-mood': 'fail-once' })).toBe(204);
    const runs = await stage.untilRuns(pipeline, 2);
    expect(runs.map(({ initiator }) => initiator.user)).toEqual([`${id} (extension)`, `${id} (extension)`]);
    expect(runs[0]?.variables).toEqual([{ key: 'MOOD', value: 'good', source: 'run_options' }]);
    const log = await stage.untilLogged(id, /(event .*fail-once[\s\S]*){2}/);
    expect(log).toContain('"body":[0,255,10,200]');
    expect(log.match(/72d3162e/g)).toHaveLength(1);

    expect(await stage.send(id, 'no', { 'x-mood': 'refuse' })).toBe(204);
    await stage.untilLogged(id, /event .*refuse/);
    expect(await stage.runs(pipeline)).toHaveLength(2);
  });

  test('that nobody can take are refused, each in its way', async () => {
    const id = await install();
    expect(await stage.send('ghost', 'x')).toBe(404);
    expect(await stage.send(id, new Uint8Array(33_554_433))).toBe(413);
    expect(await stage.send(id, new Uint8Array(1_000_000))).toBe(204);
    await stage.call('PATCH', `extensions/${id}`, { enable: false });
    expect(await stage.send(id, 'x')).toBe(503);
  });
});

describe('through crashes', () => {
  test('the container outlives a killed worker; one that dies is replaced, and knows its subscriptions', async () => {
    const id = await install();
    const pipeline = await registered();
    await subscribe(id, pipeline, { word: 'go' });
    const before = await containersOfExtension(id);
    await worker.kill('SIGKILL');
    expect(await stage.send(id, 'while nobody works')).toBe(204);
    worker = await stage.cluster.startWorker();
    await stage.untilRuns(pipeline, 1);
    expect(await containersOfExtension(id)).toEqual(before);

    const { started } = await stage.get(id);
    await docker.getContainer(before[0] ?? '').kill();
    await stage.until(id, (it) => it.state === 'running' && it.started > started);
    expect(await containersOfExtension(id)).not.toEqual(before);
    await stage.untilLogged(id, new RegExp(`restore default_${pipeline}_first go\n`));
    expect(await stage.send(id, 'once more')).toBe(204);
    await stage.untilRuns(pipeline, 2);
  });

  test('one is started whose workflow nobody could start, or was lost', async () => {
    const id = uniqueId('lost');
    const database = new pg.Client({ connectionString: stage.cluster.addresses.databaseUrl });
    await database.connect();
    await database.query(
      `insert into extensions (id, image, settings, secret_settings, additional_roles, documentation, dispatched)
       values ($1, $2, '{}', '{}', '{}', $3, null)`,
      [id, image, JSON.stringify({ config_params: [], pipeline_subscription_params: [], body: '' })],
    );
    await database.end();
    expect((await stage.until(id, ({ state }) => state === 'running')).url).not.toBe('');

    const connection = await Connection.connect({ address: stage.cluster.addresses.temporalAddress });
    await new Client({ connection }).workflow.getHandle(`extension:${id}`).terminate();
    await connection.close();
    await worker.kill('SIGTERM');
    worker = await stage.cluster.startWorker();
    const { started } = await stage.get(id);
    const [container] = await containersOfExtension(id);
    await docker.getContainer(container ?? '').kill();
    await stage.until(id, (it) => it.state === 'running' && it.started > started);
  });

  test('one whose workflow hears of a change that is none goes on', async () => {
    const id = await install();
    const pipeline = await registered();
    expect((await subscribe(id, pipeline, { word: 'go' })).status).toBe(201);
    const before = await containersOfExtension(id);
    const connection = await Connection.connect({ address: stage.cluster.addresses.temporalAddress });
    const workflow = new Client({ connection }).workflow.getHandle(`extension:${id}`);
    await workflow.signal(changedSignal);
    // Its workflow hears of this later.
    expect(await stage.send(id, 'go')).toBe(204);
    await stage.untilRuns(pipeline, 1);
    const { events } = await workflow.fetchHistory();
    await connection.close();
    expect(events?.filter((event) => event.activityTaskCancelRequestedEventAttributes)).toEqual([]);
    expect(await containersOfExtension(id)).toEqual(before);
  });

  test('one that does not ask for its subscriptions gets them all the same', async () => {
    const id = await install({ GREETING: 'forgetful' });
    const pipeline = await registered();
    await subscribe(id, pipeline, { word: 'go' });
    const { started } = await stage.get(id);
    const [container] = await containersOfExtension(id);
    await docker.getContainer(container ?? '').kill();
    await stage.until(id, (it) => it.state === 'running' && it.started > started);
    const log = await stage.untilLogged(id, new RegExp(`subscribe default_${pipeline}_first go\n`));
    expect(log).not.toContain('restore');
  });

  test('one that is ill is replaced', async () => {
    const id = await install();
    const before = await containersOfExtension(id);
    const exec = await docker.getContainer(before[0] ?? '').exec({ Cmd: ['touch', '/ill'] });
    await exec.start({});
    await poll(
      () => containersOfExtension(id),
      ([container]) => container !== undefined && container !== before[0],
    );
    expect(await stage.until(id, ({ state }) => state === 'running')).not.toHaveProperty('detail');
  }, 120_000);
});
