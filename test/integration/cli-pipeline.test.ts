import { beforeAll, describe, expect, test, vi } from 'vitest';
import { done, gofer, json, plain } from '../helpers/cli.ts';
import { clientFor, pipelineOf, shellTask } from '../helpers/gofer.ts';

const client = clientFor();
const NAMESPACE = 'cli-pipelines';
const IN = ['--namespace', NAMESPACE];
const build = shellTask('build', 'true');
const deploy = shellTask('deploy', 'true', { depends_on: { build: 'Success' }, timeout: 60 });

beforeAll(async () => {
  await client.namespaces.create({ id: NAMESPACE, name: 'Pipelines', description: 'for tests' });
  await client.configs.register(NAMESPACE, { ...pipelineOf('nightly', build), description: 'Every night.' });
  await client.configs.register(NAMESPACE, { ...pipelineOf('nightly', build, deploy), parallelism: 1 });
});

test('pipelines are listed with their last runs, and shown', async () => {
  expect(await plain('pipeline', 'list', ...IN)).toMatchInlineSnapshot(`
    "|   id    | state  |             created             | last run |
    |---------|--------|---------------------------------|----------|
    | nightly | active | Thu, 01 Jan 2026 00:00:00 +0000 | Never    |
    "
  `);
  await json('ListPipelinesResponse', 'pipeline', 'list', ...IN);
  expect(await plain('pipeline', 'get', 'nightly', ...IN)).toMatchInlineSnapshot(`
    "[nightly] nightly :: active

      Limits: at most 1 run at once

      Tasks
        • build
        • deploy
            after build finished successfully
            at most 60 secs an attempt

    Version 2 (unreleased) | Created Thu, 01 Jan 2026 00:00:00 +0000 | Last Run never
    "
  `);
  await json('GetPipelineResponse', 'pipeline', 'get', 'nightly', ...IN);
});

test('a pipeline is disabled and enabled', async () => {
  expect(await plain('pipeline', 'disable', 'nightly', ...IN)).toMatchInlineSnapshot(`
    "✓ Disabled pipeline 'nightly'
    "
  `);
  const { stderr, exit } = await gofer('run', 'start', 'nightly', ...IN);
  expect({ stderr, exit }).toEqual({ stderr: expect.stringContaining('disabled'), exit: 1 });
  expect(await done('pipeline', 'enable', 'nightly', ...IN)).toEqual({
    namespace_id: NAMESPACE,
    pipeline_id: 'nightly',
    state: 'active',
  });
});

describe('versions', () => {
  test('are listed, shown and compared', async () => {
    expect(await plain('pipeline', 'config', 'list', 'nightly', ...IN)).toMatchInlineSnapshot(`
      "| version |   state    |           registered            | deprecated |
      |---------|------------|---------------------------------|------------|
      | 2       | unreleased | Thu, 01 Jan 2026 00:00:00 +0000 | Never      |
      | 1       | unreleased | Thu, 01 Jan 2026 00:00:00 +0000 | Never      |
      "
    `);
    await json('ListConfigsResponse', 'pipeline', 'config', 'list', 'nightly', ...IN);
    expect(await plain('pipeline', 'config', 'get', 'nightly', '0', ...IN)).toMatchInlineSnapshot(`
      "[nightly] nightly :: unreleased

        Version:     2
        Limits:      at most 1 run at once
        Registered:  Thu, 01 Jan 2026 00:00:00 +0000
        Deprecated:  Never

        Tasks
          • build
          • deploy
              after build finished successfully
              at most 60 secs an attempt
      "
    `);
    await json('GetConfigResponse', 'pipeline', 'config', 'get', 'nightly', '1', ...IN);
    const difference = await plain('pipeline', 'config', 'diff', 'nightly', '1', ...IN);
    expect(difference).toMatch(/^Changes from v1 to v2:\n/);
    expect(difference).toContain('\n  + task deploy\n');
    expect(await plain('pipeline', 'config', 'diff', 'nightly', '1', '1', ...IN)).toMatchInlineSnapshot(`
      "v1 and v1 are the same
      "
    `);
    const { stdout } = await gofer('pipeline', 'config', 'diff', 'nightly', '2', '1', ...IN, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      from: 2,
      to: 1,
      same: false,
      difference: { added: [], removed: ['deploy'] },
    });
  });

  test('are deployed, which deployments remember', async () => {
    expect(await plain('pipeline', 'config', 'deploy', 'nightly', '1', ...IN)).toMatchInlineSnapshot(`
      "✓ Deployed v1 of pipeline 'nightly'
        look at it: gofer pipeline deployment get nightly 1
      "
    `);
    await json('DeployConfigResponse', 'pipeline', 'config', 'deploy', 'nightly', '0', ...IN);
    const list = await plain('pipeline', 'deployment', 'list', 'nightly', ...IN);
    expect(list).toMatchInlineSnapshot(`
      "| id  | versions |             started             |              ended              |  state   |   status   |
      |-----|----------|---------------------------------|---------------------------------|----------|------------|
      | 1   | 1 -> 1   | Thu, 01 Jan 2026 00:00:00 +0000 | Thu, 01 Jan 2026 00:00:00 +0000 | Complete | Successful |
      | 2   | 1 -> 2   | Thu, 01 Jan 2026 00:00:00 +0000 | Thu, 01 Jan 2026 00:00:00 +0000 | Complete | Successful |
      "
    `);
    await json('ListDeploymentsResponse', 'pipeline', 'deployment', 'list', 'nightly', ...IN);
    const shown = await plain('pipeline', 'deployment', 'get', 'nightly', '2', ...IN);
    expect(shown.replace(/Duration: .*/, 'Duration: 5 ms')).toMatchInlineSnapshot(`
      "Deployment #2 of Pipeline nightly :: Complete :: Successful

        Versions:  1 -> 2
        Started:   Thu, 01 Jan 2026 00:00:00 +0000
        Ended:     Thu, 01 Jan 2026 00:00:00 +0000
        Duration: 5 ms
      "
    `);
    await json('GetDeploymentResponse', 'pipeline', 'deployment', 'get', 'nightly', '2', ...IN);
  });

  test('that are not needed are deleted', async () => {
    expect(await plain('pipeline', 'config', 'delete', 'nightly', '1', ...IN)).toMatchInlineSnapshot(`
      "✓ Deleted v1 of pipeline 'nightly'
      "
    `);
    const { exit, stderr } = await gofer('pipeline', 'config', 'get', 'nightly', '1', ...IN);
    expect({ exit, stderr }).toEqual({ exit: 3, stderr: expect.stringContaining('pipeline config list nightly') });
  });
});

describe('subscriptions', () => {
  const often = ['nightly', 'interval', 'often', ...IN];

  test('begin, are shown, change and end', async () => {
    expect(await plain('pipeline', 'subscribe', ...often, '-s', 'every=5h')).toMatchInlineSnapshot(`
      "✓ Subscribed pipeline 'nightly' to extension 'interval' as 'often'
        look at it: gofer pipeline subscription get nightly interval often
      "
    `);
    // When it runs next is known a moment later.
    await vi.waitUntil(
      async () =>
        (await client.subscriptions.list({ namespace: NAMESPACE, pipeline: 'nightly' })).subscriptions[0]?.next,
      { timeout: 30_000 },
    );
    expect(await plain('pipeline', 'subscription', 'list', 'nightly', ...IN)).toMatchInlineSnapshot(`
      "|  id   | extension | status |            next run             | settings |
      |-------|-----------|--------|---------------------------------|----------|
      | often | interval  | active | Thu, 01 Jan 2026 00:00:00 +0000 | every=5h |
      "
    `);
    await json('ListSubscriptionsResponse', 'pipeline', 'subscription', 'list', 'nightly', ...IN);
    expect(await plain('pipeline', 'subscription', 'get', ...often)).toMatchInlineSnapshot(`
      "[often] Pipeline nightly to Extension interval :: active

        Settings
          every:  5h

        Next Runs
          Thu, 01 Jan 2026 00:00:00 +0000
          Thu, 01 Jan 2026 00:00:00 +0000
          Thu, 01 Jan 2026 00:00:00 +0000
          Thu, 01 Jan 2026 00:00:00 +0000
          Thu, 01 Jan 2026 00:00:00 +0000
      "
    `);
    await json('GetSubscriptionResponse', 'pipeline', 'subscription', 'get', ...often);
    expect(await plain('pipeline', 'get', 'nightly', ...IN)).toContain('✓ often  interval  active');

    const change = ['pipeline', 'subscription', 'update', ...often, '--setting', 'every=6h'];
    expect(await plain(...change)).toMatchInlineSnapshot(`
      "✓ Changed subscription 'often' of pipeline 'nightly' to extension 'interval'
      "
    `);
    expect(await plain('pipeline', 'subscription', 'get', ...often)).toContain('every:  6h');
    expect(await plain('pipeline', 'subscription', 'disable', ...often)).toMatchInlineSnapshot(`
      "✓ Disabled subscription 'often' of pipeline 'nightly' to extension 'interval'
      "
    `);
    expect(await plain('pipeline', 'subscription', 'get', ...often)).toContain(':: disabled');
    expect(await plain('pipeline', 'subscription', 'enable', ...often)).toMatchInlineSnapshot(`
      "✓ Enabled subscription 'often' of pipeline 'nightly' to extension 'interval'
      "
    `);

    expect(await plain('pipeline', 'unsubscribe', ...often)).toMatchInlineSnapshot(`
      "✓ Ended subscription 'often' of pipeline 'nightly' to extension 'interval'
      "
    `);
    await json('CreateSubscriptionResponse', 'pipeline', 'subscribe', ...often, '-s', 'every=5h');
    expect(await done('pipeline', 'subscription', 'delete', ...often)).toMatchObject({ subscription_id: 'often' });
    expect((await gofer('pipeline', 'subscription', 'get', ...often)).exit).toBe(3);
  });

  test('with parameters that are none are refused', async () => {
    const wrong = await gofer('pipeline', 'subscribe', ...often, '-s', 'every');
    expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining("'every' is not a parameter") });
    const missing = await gofer('pipeline', 'subscribe', ...often);
    expect(missing).toMatchObject({ exit: 1, stderr: expect.stringContaining('every') });
  });
});

test('a pipeline is deleted', async () => {
  await client.configs.register(NAMESPACE, pipelineOf('doomed', build));
  expect(await plain('pipeline', 'delete', 'doomed', ...IN)).toMatchInlineSnapshot(`
    "✓ Deleted pipeline 'doomed'
    "
  `);
  expect((await gofer('pipeline', 'get', 'doomed', ...IN)).exit).toBe(3);
});
