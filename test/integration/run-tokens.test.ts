import { expect, inject, test } from 'vitest';
import { GoferClient } from '../../sdk/client.ts';
import { letGo } from '../helpers/docker.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';

const gofer = clientFor();
const { apiUrl } = inject('cluster');

/** What the API answers to this token. */
async function statusOf(token: string, path: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
  return (await fetch(`${apiUrl}${path}`, { method, headers })).status;
}

test('a task that asks for it gets a token for its own pipeline, which is dead when the run is over', async () => {
  // Backwards, because logs do not show it as it is.
  const script = 'echo "$GOFER_TOKEN" | rev; while [ ! -f /go ]; do sleep 0.05; done';
  const ref = await startRunOf(
    gofer,
    pipelineOf(
      uniqueId('token'),
      shellTask('asks', script, { inject_api_token: true }),
      shellTask('does-not', 'echo "[$GOFER_TOKEN]"'),
    ),
  );
  let token = '';
  for await (const piece of gofer.followLogs({ ...ref, task: 'asks' })) {
    token = [...piece.trim()].toReversed().join('');
    break;
  }
  expect(token).toMatch(/^[A-Za-z0-9]{32}$/);
  const own = `/api/namespaces/default/pipelines/${ref.pipeline}`;
  expect(await statusOf(token, `${own}/runs/1/tasks`)).toBe(200);
  expect(await statusOf(token, `${own}/runs/1/objects/x?force=true`, 'POST')).toBe(201);
  expect(await statusOf(token, `${own}x/runs/1/objects/x?force=true`, 'POST')).toBe(401);
  expect(await statusOf(token, '/api/tokens')).toBe(401);
  const listing = await fetch(`${apiUrl}${own}/secrets`, {
    headers: { authorization: `Bearer ${inject('cluster').token}`, 'gofer-api-version': 'v0' },
  });
  expect(await listing.json()).toMatchObject({ secrets: [{ key: 'gofer_api_token_run_id_1' }] });

  await letGo(ref.pipeline, 'asks');
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run.token_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(tasks['asks']?.variables).toContainEqual({
    key: 'GOFER_TOKEN',
    value: 'pipeline_secret{{gofer_api_token_run_id_1}}',
    source: 'system',
  });
  expect(await statusOf(token, `${own}/runs/1/tasks`)).toBe(401);
  const other = new GoferClient({ apiBaseUrl: apiUrl, token });
  await expect(other.tasks.list(ref)).rejects.toMatchObject({ status: 401 });
});

test('nobody gets at the token of a run through a variable', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('steal'), shellTask('main', 'env')));
  const theft = gofer.runs.start(ref, { X: ' pipeline_secret{{ gofer_api_token_run_id_1 }} ' });
  await expect(theft).rejects.toMatchObject({ status: 400 });
});
