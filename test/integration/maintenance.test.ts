import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { attemptLabels } from '../../activities/labels.ts';
import { reapContainers } from '../../activities/reaper.ts';
import type { ContainerSummary } from '../../backends/scheduler/contract.ts';
import { Chore } from '../../core/chores.ts';
import type { RunRef } from '../../core/ids.ts';
import { openStore, type Store } from '../../store/client.ts';
import { clientFor, pipelineOf, shellTask, startRunOf, uniqueId, untilComplete } from '../helpers/gofer.ts';

const { databaseUrl, temporalAddress } = inject('cluster');
const gofer = clientFor();
let store: Store;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  store = openStore(databaseUrl, () => undefined);
  connection = await Connection.connect({ address: temporalAddress });
  client = new Client({ connection });
});

afterAll(async () => {
  await connection.close();
  await store.close();
});

test('every chore has a schedule in Temporal, which does not overlap with itself', async () => {
  for (const chore of Object.values(Chore)) {
    const { action, spec, policies } = await client.schedule.getHandle(`maintenance:${chore}`).describe();
    expect(action).toMatchObject({ workflowType: 'maintenance', args: [chore] });
    expect(spec.intervals).toHaveLength(1);
    expect(policies.overlap).toBe('SKIP');
  }
});

test('a schedule that is triggered has its chore done', async () => {
  const schedule = client.schedule.getHandle(`maintenance:${Chore.PurgeTokens}`);
  const before = (await schedule.describe()).info.numActionsTaken;
  await schedule.trigger();
  await expect
    .poll(async () => (await schedule.describe()).info.numActionsTaken, { timeout: 30_000 })
    .toBeGreaterThan(before);
  const [action] = (await schedule.describe()).info.recentActions.slice(-1);
  const { workflowId, firstExecutionRunId } = action?.action.workflow ?? { workflowId: '', firstExecutionRunId: '' };
  expect(await client.workflow.getHandle(workflowId, firstExecutionRunId).result()).toEqual({
    done: expect.any(Number),
  });
});

test('the reaper removes what runs that are over, or were deleted, left behind, and nothing else', async () => {
  const over = await startRunOf(gofer, pipelineOf(uniqueId('over'), shellTask('main', 'true')));
  await untilComplete(gofer, over);
  const live = await startRunOf(gofer, pipelineOf(uniqueId('live'), shellTask('main', 'sleep 600')));
  const container = (id: string, run: RunRef, ageSeconds: number): ContainerSummary => ({
    id,
    labels: attemptLabels('this', { ...run, task: 'main', attempt: 1 }),
    createdAt: Date.now() - ageSeconds * 1000,
    state: 'exited',
  });
  const containers = [
    container('of a run that is over', over, 300),
    container('of a run that is gone', { ...over, run: 77 }, 300),
    container('of a run that is being completed', over, 10),
    container('of a run that goes on', live, 300),
    { ...container('of an extension', over, 300), labels: { 'gofer.instance': 'this', 'gofer.extension': 'cron' } },
  ];
  const removed: string[] = [];
  const scheduler = {
    listContainers: async (labels: Readonly<Record<string, string>>) => {
      expect(labels).toEqual({ 'gofer.instance': 'this' });
      return containers;
    },
    removeContainer: async (id: string) => void removed.push(id),
  };
  expect(await reapContainers({ db: store.db, scheduler, instance: 'this' })).toEqual({ done: 2, more: false });
  expect(removed).toEqual(['of a run that is over', 'of a run that is gone']);
  await gofer.runs.cancel(live);
  await untilComplete(gofer, live);
});
