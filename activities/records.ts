import type { LogStore } from '../backends/logs/contract.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';
import type { RunRef } from '../core/ids.ts';
import type { TaskEnd } from '../core/outcomes.ts';
import type { RunOutcome } from '../core/states.ts';
import { mergeVariables, systemVariables } from '../core/variables.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Config, Run } from '../sdk/wire.ts';
import { revokeRunToken } from '../services/run-tokens.ts';
import type { RunWorkflows } from '../services/run-workflows.ts';
import { admitRun, nextInLine } from '../store/admission.ts';
import { getConfig } from '../store/configs.ts';
import type { RunLimits } from '../store/run-queue.ts';
import { getRun, markRunComplete } from '../store/runs.ts';
import { createTaskExecutions, markTasksComplete } from '../store/task-executions.ts';
import type { BegunRun, RunActivities } from './contract.ts';
import { runLabels } from './labels.ts';
import type { EngineMetrics } from './metrics.ts';
import { finishLog } from './log-pump.ts';

export interface RecordDependencies {
  readonly db: PrismaClient;
  readonly scheduler: Scheduler;
  readonly logs: LogStore;
  readonly workflows: RunWorkflows;
  readonly limits: RunLimits;
  readonly metrics: EngineMetrics;
  /** See `getInstance`. */
  readonly instance: string;
}

/** The activities that keep the records of a run. */
export function createRecordActivities(deps: RecordDependencies): Omit<RunActivities, 'superviseTask'> {
  const { db, scheduler, instance, limits, workflows, metrics } = deps;

  /** Tells the runs that may be next to ask for admission again. */
  async function callNext(ref: RunRef): Promise<void> {
    for (const next of await nextInLine(db, ref, limits)) await workflows.callForAdmission(next);
  }

  return {
    async beginRun(ref): Promise<BegunRun> {
      const run = await getRun(db, ref);
      const config = await getConfig(db, ref, run.pipeline_config_version);
      const admission = await admitRun(db, ref, limits, async (tx) => {
        await createTaskExecutions(tx, ref, newTaskExecutions(run, config));
        metrics.runAdmitted((Date.now() - run.started) / 1000);
      });
      if (!admission.admitted) {
        for (const older of admission.makeRoom) await workflows.cancelRun(older);
        return { admitted: false, cancelRequested: admission.cancelRequested };
      }
      // With two places free the next one must not wait until the first of them is taken and left again.
      await callNext(ref);
      const tasks = Object.values(config.tasks).map(({ id, depends_on }) => ({ id, dependsOn: depends_on }));
      return { admitted: true, tasks };
    },

    async completeTasks(ref, ends: readonly TaskEnd[]): Promise<void> {
      for (const { task } of ends) await finishLog(deps.logs, { ...ref, task });
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
      await revokeRunToken(db, ref);
      await markRunComplete(db, ref, outcome);
      await callNext(ref);
    },
  };
}

function newTaskExecutions(run: Run, config: Config) {
  return Object.values(config.tasks).map((task) => ({
    task: task.id,
    variables: mergeVariables(systemVariables(run.pipeline_id, run.run_id, task), task.variables, run.variables),
  }));
}
