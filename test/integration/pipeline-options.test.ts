import { expect, test } from 'vitest';
import type { PipelineDocument } from '../../core/pipeline-config.ts';
import { clientFor, pipelineOf, shellTask, uniqueId } from '../helpers/gofer.ts';

const gofer = clientFor();
const PIPELINE_OPTIONS = { timeout: 3600, on_limit: 'cancel_oldest' } as const;
const TASK_OPTIONS = {
  retries: { attempts: 2, delay: 0.5, backoff: 1, max_delay: 60, exit_codes: [75] },
  timeout: 600,
  stop_grace: 0,
  cpu: 0.5,
  memory: 536_870_912,
  pids: 100,
  allow_failure: true,
};

async function register(document: PipelineDocument) {
  await gofer.configs.register('default', document);
  return (await gofer.configs.get({ namespace: 'default', pipeline: document.id })).config;
}

test('options are given back as they were registered', async () => {
  const document = pipelineOf(uniqueId('options'), shellTask('main', 'true', TASK_OPTIONS));
  const config = await register({ ...document, ...PIPELINE_OPTIONS });
  expect(config).toMatchObject(PIPELINE_OPTIONS);
  expect(config.tasks['main']).toMatchObject(TASK_OPTIONS);
});

test('a pipeline without options has the fields of the original and no other', async () => {
  const config = await register(pipelineOf(uniqueId('plain'), shellTask('main', 'true')));
  expect(Object.keys(config).toSorted()).toEqual(
    'deprecated description name namespace_id parallelism pipeline_id registered state tasks version'.split(' '),
  );
  expect(Object.keys(config.tasks['main'] ?? {}).toSorted()).toEqual(
    'always_pull_newest_image command depends_on description entrypoint id image inject_api_token registry_auth variables'.split(
      ' ',
    ),
  );
});

test('an option out of range is refused with its place and value', async () => {
  const document = pipelineOf(uniqueId('options'), shellTask('main', 'true', { timeout: 0 }));
  const refusal = /config\.tasks\[0\]\.timeout: must be >= 1, got 0/;
  await expect(gofer.configs.register('default', document)).rejects.toThrow(refusal);
});
