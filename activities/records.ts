import type { Scheduler } from '../backends/scheduler/contract.ts';
import type { RunRef } from '../core/ids.ts';
import type { RunOutcome } from '../core/states.ts';
import { mergeVariables, systemVariables } from '../core/variables.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Config, Run } from '../sdk/wire.ts';
import { getConfig } from '../store/configs.ts';
import { getRun, markRunComplete, markRunning } from '../store/runs.ts';
import { createTaskExecutions, markTasksComplete } from '../store/task-executions.ts';
import type { BegunRun, RunActivities, TaskEnd } from './contract.ts';
import { runLabels } from './labels.ts';

export interface RecordDependencies {
  readonly db: PrismaClient;
  readonly scheduler: Scheduler;
  /** See `getInstance`. */
  readonly instance: string;
}

/** The activities that keep the records of a run. */
export function createRecordActivities(deps: RecordDependencies): Omit<RunActivities, 'superviseTask'> {
  const { db, scheduler, instance } = deps;
  return {
    async beginRun(ref): Promise<BegunRun> {
      const run = await getRun(db, ref);
      const config = await getConfig(db, ref, run.pipeline_config_version);
      await db.$transaction(async (tx) => {
        if (await markRunning(tx, ref)) await createTaskExecutions(tx, ref, newTaskExecutions(run, config));
      });
      return { tasks: Object.values(config.tasks).map(({ id, depends_on }) => ({ id, dependsOn: depends_on })) };
    },

    async completeTasks(ref, ends: readonly TaskEnd[]): Promise<void> {
      await markTasksComplete(
        db,
        ref,
        ends.map(({ task, outcome, skip }) => ({
          task,
          outcome,
          ...(skip && {
            skippedBecause: { parent: skip.parent, required: skip.required, parent_status: skip.parentStatus },
          }),
        })),
      );
    },

    async completeRun(ref: RunRef, outcome: RunOutcome): Promise<void> {
      const leftovers = await scheduler.findContainers(runLabels(instance, ref));
      await Promise.all(leftovers.map((id) => scheduler.removeContainer(id)));
      await markRunComplete(db, ref, outcome);
    },
  };
}

function newTaskExecutions(run: Run, config: Config) {
  return Object.values(config.tasks).map((task) => ({
    task: task.id,
    variables: mergeVariables(systemVariables(run.pipeline_id, run.run_id, task), task.variables, run.variables),
  }));
}
