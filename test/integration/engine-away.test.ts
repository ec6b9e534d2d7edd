import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runWorkflowId } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import { startCluster, type Cluster } from '../helpers/cluster.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete, untilTask } from '../helpers/gofer.ts';
import { startPrivateEngine, type PrivateEngine } from './helpers/private-engine.ts';

let engine: PrivateEngine;
let cluster: Cluster;
let gofer: GoferClient;

beforeAll(async () => {
  engine = await startPrivateEngine(['gofer/base:1']);
  cluster = await startCluster({ DOCKER_HOST: `unix://${engine.socketPath}` });
  gofer = clientFor(cluster.addresses);
  await cluster.startWorker();
}, 120_000);

afterAll(async () => {
  await cluster.stop();
  await engine.destroy();
}, 60_000);

test('a run that is cancelled while there is no engine ends as cancelled when it is back', async () => {
  const ref = await startRunOf(gofer, pipelineOf(uniqueId('away'), shellTask('main', 'sleep 600')));
  await untilTask(gofer, ref, 'main', ({ state }) => state === 'running');
  await engine.crash();
  await gofer.runs.cancel(ref);
  const connection = await Connection.connect({ address: cluster.addresses.temporalAddress });
  const workflow = new Client({ connection }).workflow.getHandle(runWorkflowId(ref));
  // The supervisor fails, and is not tried again because it was asked to stop, whichever of the two comes first.
  const isOver = async () =>
    (await workflow.fetchHistory()).events?.some(
      (event) => event.activityTaskFailedEventAttributes ?? event.activityTaskCanceledEventAttributes,
    );
  await vi.waitUntil(isOver, { timeout: 60_000, interval: 100 });
  await connection.close();
  await engine.start();
  const { run, tasks } = await untilComplete(gofer, ref);
  expect(run.status).toBe('cancelled');
  expect(tasks['main']).toMatchObject({ status: 'cancelled', detail: { cause: { kind: 'cancelled' } } });
  expect(await engine.docker.listContainers({ all: true })).toEqual([]);
}, 180_000);
