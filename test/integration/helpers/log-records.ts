import type { TaskRef } from '../../../core/ids.ts';
import type { PrismaClient } from '../../../generated/prisma/client.ts';

/** Makes the records that a log hangs on: a pipeline with runs of one task each, which have ended or not. */
export async function createRuns(
  db: PrismaClient,
  pipeline: string,
  count: number,
  ended: Date | null = null,
): Promise<TaskRef[]> {
  const key = { namespaceId: 'default', pipelineId: pipeline };
  await db.pipeline.create({ data: { ...key, lastRun: count } });
  await db.pipelineConfig.create({
    data: { ...key, version: 1, name: pipeline, description: '', parallelism: 0n, tasks: {} },
  });
  const state = ended ? 'complete' : 'running';
  const runs = Array.from({ length: count }, (_, index) => index + 1);
  await db.run.createMany({
    data: runs.map((runId) => ({
      ...key,
      ...{ runId, version: 1, state, ended, initiatorId: '', initiatorUser: 'test', variables: [] },
    })),
  });
  await db.taskExecution.createMany({
    data: runs.map((runId) => ({ ...key, runId, taskId: 'main', state, ended, variables: [] })),
  });
  return runs.map((run) => ({ namespace: 'default', pipeline, run, task: 'main' }));
}

export async function endTask(db: PrismaClient, { namespace, pipeline, run, task }: TaskRef): Promise<void> {
  await db.taskExecution.updateMany({
    where: { namespaceId: namespace, pipelineId: pipeline, runId: run, taskId: task },
    data: { state: 'complete', ended: new Date() },
  });
}
