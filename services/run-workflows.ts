import { WorkflowIdConflictPolicy, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { runWorkflowId, type RunRef, type TaskRef } from '../core/ids.ts';
import { callForAdmissionSignal, cancelRunSignal, cancelTaskSignal, RUN_WORKFLOW } from '../workflows/messages.ts';

/** Reaches the workflows of runs. */
export interface RunWorkflows {
  /** Starts the run's workflow unless it runs already. */
  startRun(run: RunRef): Promise<void>;
  /** Tells the workflow to cancel the whole run. A workflow that is over is fine. */
  cancelRun(run: RunRef): Promise<void>;
  /** Tells the workflow of a pending run that it may be its turn. A workflow that is over is fine. */
  callForAdmission(run: RunRef): Promise<void>;
  /** Tells the workflow to cancel one task. A workflow that is over is fine. */
  cancelTask(task: TaskRef): Promise<void>;
}

export function createRunWorkflows(client: Client, taskQueue: string): RunWorkflows {
  return {
    async startRun(run) {
      await client.workflow.start(RUN_WORKFLOW, {
        taskQueue,
        workflowId: runWorkflowId(run),
        args: [run],
        // A run that is over may be dispatched again after a crash; its second workflow finds that and ends at once.
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        memo: { namespace: run.namespace, pipeline: run.pipeline, run: run.run },
        staticSummary: `run ${run.run} of pipeline ${run.namespace}/${run.pipeline}`,
      });
    },
    cancelRun: (run) => ignoreEnded(client.workflow.getHandle(runWorkflowId(run)).signal(cancelRunSignal)),
    callForAdmission: (run) =>
      ignoreEnded(client.workflow.getHandle(runWorkflowId(run)).signal(callForAdmissionSignal)),
    cancelTask: (task) =>
      ignoreEnded(client.workflow.getHandle(runWorkflowId(task)).signal(cancelTaskSignal, task.task)),
  };
}

async function ignoreEnded(signal: Promise<void>): Promise<void> {
  try {
    await signal;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
