import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../../../sdk/wire.ts';
import {
  completeCheckRun,
  createCheckRun,
  openGithub,
  type CheckedRun,
} from '../../../../services/builtin/check-runs.ts';
import { readApp } from '../../../../services/builtin/github.ts';
import { FakeGithub } from '../../../helpers/fake-github.ts';

let fake: FakeGithub;
beforeAll(async () => {
  fake = await FakeGithub.start();
});
afterAll(() => fake.stop());

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });

function open() {
  return openGithub(
    readApp({
      app_id: '11',
      app_installation: '22',
      app_key: Buffer.from(pem).toString('base64'),
      app_webhook_secret: 's',
      api_url: fake.url,
    }),
  );
}

function checked(run: Partial<Run>): CheckedRun {
  return {
    subscription: { namespace: 'default', pipeline: 'build', extension: 'github', subscription: 'pull-requests' },
    target: { owner: 'o', repo: 'r', headSha: 'f00' },
    run: {
      ...{ namespace_id: 'default', pipeline_id: 'build', run_id: 7, pipeline_config_version: 1 },
      ...{ started: Date.UTC(2026, 0, 1), ended: 0, state: 'pending', status: 'unknown', status_reason: null },
      ...{
        initiator: { id: '0', user: 'x' },
        variables: [],
        token_id: null,
        store_objects_expired: false,
        event_id: null,
      },
      ...run,
    } as Run,
    apiUrl: 'https://gofer.example.org',
  };
}

test('a run is shown from its start to its end, once, with one token', async () => {
  const octokit = open();
  const id = await createCheckRun(octokit, checked({}));
  // After a crash nobody knows that it exists already.
  expect(await createCheckRun(octokit, checked({}))).toBe(id);
  expect(fake.checks).toHaveLength(1);
  expect(fake.checks[0]).toMatchObject({
    name: 'pull-requests',
    head_sha: 'f00',
    status: 'in_progress',
    started_at: '2026-01-01T00:00:00.000Z',
    output: { title: 'Run #7 | Namespace: default | Pipeline: build' },
  });
  expect(fake.checks[0]?.output.summary).toContain('gofer run get build 7 --namespace default');

  await completeCheckRun(
    octokit,
    checked({ state: 'complete', status: 'failed', ended: Date.UTC(2026, 0, 1, 0, 2) }),
    id,
  );
  expect(fake.checks[0]).toMatchObject({
    status: 'completed',
    conclusion: 'failure',
    completed_at: '2026-01-01T00:02:00.000Z',
    details_url: 'https://gofer.example.org/api/namespaces/default/pipelines/build/runs/7',
  });
  expect(fake.checks[0]?.output.summary).toContain('**Total time**: 2 minutes');
  expect(fake.tokens).toBe(1);
});

test('another run of the same subscription is another check', async () => {
  const octokit = open();
  const before = fake.checks.length;
  await createCheckRun(octokit, checked({ run_id: 8 }));
  expect(fake.checks).toHaveLength(before + 1);
});

test('what GitHub refuses is an error, so that it is tried again', async () => {
  fake.failures = 1;
  await expect(createCheckRun(open(), checked({ run_id: 9 }))).rejects.toThrow('Server Error');
  await createCheckRun(open(), checked({ run_id: 9 }));
});
