import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../runtime/paths.ts';
import { signalRun } from '../../sdk/extension/index.ts';
import type { Extension } from '../../sdk/wire.ts';
import { containersOfExtension, poll, startExtensionStage, type ExtensionStage } from '../helpers/extensions.ts';
import { pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';
import { buildNodeImage } from '../helpers/images.ts';

// The extension is the one in examples/extension, in an image that its own build script made.

const IMAGE = 'gofer/test/words:1';
const id = uniqueId('words');
let stage: ExtensionStage;

beforeAll(async () => {
  const node = await buildNodeImage();
  const script = join(packageRoot, 'examples', 'extension', 'build.ts');
  await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, IMAGE, node]);
  stage = await startExtensionStage();
  await stage.cluster.startWorker();
  const settings = { MAX_LENGTH: '50' };
  const answer = await stage.call<{ extension: Extension }>('POST', 'extensions', { id, image: IMAGE, settings });
  if (answer.body.extension.state !== 'running') throw new Error(JSON.stringify(answer.body.extension));
}, 180_000);

afterAll(async () => {
  await stage.call('DELETE', `extensions/${id}`);
  await poll(
    () => containersOfExtension(id),
    (containers) => containers.length === 0,
  );
  await stage.stop();
}, 120_000);

async function listener(word: string): Promise<string> {
  const pipeline = uniqueId('listener');
  const config = pipelineOf(pipeline, shellTask('main', 'echo $MESSAGE'));
  await stage.call('POST', `namespaces/default/pipelines/${pipeline}/configs`, { config });
  const subscription = { extension_id: id, subscription_id: 'first', settings: { word } };
  const answer = await stage.call('POST', `namespaces/default/pipelines/${pipeline}/subscriptions`, subscription);
  expect(answer.status).toBe(201);
  return pipeline;
}

test('the example starts a run of those that listen for a word, once for each message', async () => {
  const [deploy, other] = [await listener('deploy'), await listener('other')];
  expect(await stage.send(id, 'please deploy now')).toBe(204);
  const [run] = await stage.untilRuns(deploy, 1);
  expect(run).toMatchObject({
    initiator: { user: `${id} (extension)` },
    variables: [{ key: 'MESSAGE', value: 'please deploy now', source: 'run_options' }],
  });
  // Without a delivery number the message itself is the identity.
  expect(await stage.send(id, 'please deploy now')).toBe(204);
  expect(await stage.send(id, 'deploy again')).toBe(204);
  await stage.untilRuns(deploy, 2);
  expect((await stage.runs(deploy)).length).toBe(2);
  expect(await stage.runs(other)).toEqual([]);
});

test('what it refuses reaches the person who asked', async () => {
  const pipeline = uniqueId('listener');
  const config = pipelineOf(pipeline, shellTask('main', 'true'));
  await stage.call('POST', `namespaces/default/pipelines/${pipeline}/configs`, { config });
  const subscription = { extension_id: id, subscription_id: 'first', settings: { word: 'two words' } };
  const answer = await stage.call('POST', `namespaces/default/pipelines/${pipeline}/subscriptions`, subscription);
  expect(answer.status).toBe(400);
  expect(answer.body['message']).toContain('a word has letters and digits only');
});

test('a program with a Temporal client starts a run by a signal, once for each identity', async () => {
  const pipeline = await listener('signal');
  const connection = await Connection.connect({ address: stage.cluster.addresses.temporalAddress });
  const client = new Client({ connection });
  const run = { namespace: 'default', pipeline, identity: 'order-17', variables: { ORDER: '17' } };
  await signalRun(client, id, run);
  await signalRun(client, id, run);
  await signalRun(client, id, { ...run, pipeline: 'ghost' });
  await signalRun(client, id, { ...run, identity: 'order-18' });
  const runs = await stage.untilRuns(pipeline, 2);
  expect(runs.map(({ variables }) => variables[0]?.value)).toEqual(['17', '17']);
  expect(runs[0]?.initiator.user).toBe(`${id} (extension)`);
  await connection.close();
});
