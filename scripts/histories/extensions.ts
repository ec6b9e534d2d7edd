import { createHmac, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { extensionWorkflowId, reportWorkflowId, subscriptionWorkflowId } from '../../core/ids.ts';
import { packageRoot } from '../../runtime/paths.ts';
import { signalRun } from '../../sdk/extension/signal.ts';
import { docker } from '../../test/helpers/docker.ts';
import { containersOfExtension } from '../../test/helpers/extensions.ts';
import { FakeGithub } from '../../test/helpers/fake-github.ts';
import { pipelineOf, shellTask, uniqueId } from '../../test/helpers/gofer.ts';
import { buildImage } from '../../test/helpers/images.ts';
import type { Scenario, Stage } from './stage.ts';

const SECRET = 'private-hook';

async function succeed(stage: Stage, method: string, path: string, body?: object): Promise<void> {
  const answer = await stage.call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function install(stage: Stage, image: string, settings: Record<string, string> = {}): Promise<string> {
  const id = uniqueId('history');
  await succeed(stage, 'POST', 'extensions', { id, image, settings });
  return id;
}

async function installContainer(stage: Stage): Promise<string> {
  const folder = join(packageRoot, 'test', 'fixtures', 'extension');
  const id = await install(stage, await buildImage(folder, 'gofer/test/extension:1'), { GREETING: 'private-greeting' });
  await stage.until(id, ({ state }) => state === 'running');
  return id;
}

async function uninstall(stage: Stage, id: string): Promise<string> {
  await succeed(stage, 'DELETE', `extensions/${id}`);
  return extensionWorkflowId(id);
}

async function register(stage: Stage): Promise<string> {
  const id = uniqueId('listener');
  await stage.gofer.configs.register('default', pipelineOf(id, shellTask('main', 'echo private-output')));
  return id;
}

const place = (pipeline: string) => `namespaces/default/pipelines/${pipeline}/subscriptions`;

async function subscribe(stage: Stage, extension: string, pipeline: string, settings: Record<string, string>) {
  await succeed(stage, 'POST', place(pipeline), { extension_id: extension, subscription_id: 'first', settings });
}

/** Ends a subscription, and its workflow with it. */
async function unsubscribe(stage: Stage, extension: string, pipeline: string): Promise<string> {
  await succeed(stage, 'DELETE', `${place(pipeline)}/${extension}/first`);
  return subscriptionWorkflowId({ namespace: 'default', pipeline, extension, subscription: 'first' });
}

/** Histories of installed extensions. */
export const extensionScenarios: Readonly<Record<string, Scenario>> = {
  async 'container-from-installation-to-the-end'(stage) {
    const id = await installContainer(stage);
    const pipeline = await register(stage);
    await subscribe(stage, id, pipeline, { word: 'private-word' });
    await stage.send(id, 'private-body');
    await stage.untilRuns(pipeline, 1);
    await succeed(stage, 'PATCH', `extensions/${id}`, { enable: true, settings: { GREETING: 'private-other' } });
    await stage.until(id, ({ state }) => state === 'running');
    await succeed(stage, 'PATCH', `extensions/${id}`, { enable: false });
    await stage.until(id, ({ state }) => state === 'exited');
    await succeed(stage, 'PATCH', `extensions/${id}`, { enable: true });
    await stage.until(id, ({ state }) => state === 'running');
    return uninstall(stage, id);
  },

  async 'container-dies-and-worker-is-killed'(stage) {
    const id = await installContainer(stage);
    const { started } = await stage.get(id);
    const [container] = await containersOfExtension(id);
    await docker.getContainer(container ?? '').kill();
    await stage.until(id, (it) => it.state === 'running' && it.started > started);
    await stage.worker.kill('SIGKILL');
    stage.worker = await stage.cluster.startWorker();
    return uninstall(stage, id);
  },

  async 'program-signals-run'(stage) {
    const id = await install(stage, 'builtin/interval');
    const pipeline = await register(stage);
    const run = { namespace: 'default', pipeline, identity: 'by-signal' };
    await signalRun(stage.client, id, run);
    await stage.untilRuns(pipeline, 1);
    return uninstall(stage, id);
  },
};

/** Histories of subscriptions to built-in extensions. */
export const subscriptionScenarios: Readonly<Record<string, Scenario>> = {
  async 'events-start-runs'(stage) {
    const id = await install(stage, 'builtin/webhook');
    const pipeline = await register(stage);
    await subscribe(stage, id, pipeline, { secret: SECRET, header: 'x-signature', delivery: 'headers.x-number' });
    const send = (body: string, number: string) =>
      stage.send(id, body, {
        'content-type': 'application/json',
        'x-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
        'x-number': number,
      });
    await send('{"some":"private-event"}', '1');
    await send('{"some":"private-event"}', '2');
    await stage.untilRuns(pipeline, 2);
    return unsubscribe(stage, id, pipeline);
  },

  async 'ticks-changed-and-switched-off'(stage) {
    const id = await install(stage, 'builtin/interval', { MIN_INTERVAL: '1s' });
    const pipeline = await register(stage);
    await subscribe(stage, id, pipeline, { every: '1s' });
    await stage.untilRuns(pipeline, 2);
    const path = `${place(pipeline)}/${id}/first`;
    await succeed(stage, 'PATCH', path, { status: 'active', settings: { every: '1h' } });
    await succeed(stage, 'PATCH', path, { status: 'disabled' });
    await succeed(stage, 'PATCH', path, { status: 'active' });
    return unsubscribe(stage, id, pipeline);
  },

  async 'ends-of-runs-start-runs'(stage) {
    const id = await install(stage, 'builtin/pipeline');
    const [watched, started] = [await register(stage), await register(stage)];
    await subscribe(stage, id, started, { pipeline: watched, on: 'successful' });
    await stage.gofer.runs.start({ namespace: 'default', pipeline: watched });
    await stage.untilRuns(started, 1);
    return unsubscribe(stage, id, started);
  },
};

/** Histories of reports to GitHub. */
export const reportScenarios: Readonly<Record<string, Scenario>> = {
  async 'check-from-start-to-end'(stage) {
    const github = await FakeGithub.start();
    try {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const id = await install(stage, 'builtin/github', {
        APP_ID: '11',
        APP_INSTALLATION: '22',
        APP_KEY: Buffer.from(privateKey.export({ type: 'pkcs1', format: 'pem' })).toString('base64'),
        APP_WEBHOOK_SECRET: SECRET,
        API_URL: github.url,
      });
      const pipeline = await register(stage);
      await subscribe(stage, id, pipeline, { repository: 'o/r', event_filter: 'pull_request_with_check/opened' });
      const body = JSON.stringify({
        action: 'opened',
        repository: { full_name: 'o/r', name: 'r', owner: { login: 'o' } },
        pull_request: { head: { sha: 'f00', ref: 'topic' }, user: { login: 'u' } },
      });
      await stage.send(id, body, {
        'content-type': 'application/json',
        'x-github-event': 'pull_request',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      });
      const [run] = await stage.untilRuns(pipeline, 1);
      const workflowId = reportWorkflowId({ namespace: 'default', pipeline, run: run?.run_id ?? 0 });
      await stage.client.workflow.getHandle(workflowId).result();
      return workflowId;
    } finally {
      github.stop();
    }
  },
};
