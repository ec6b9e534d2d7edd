import { WorkflowIdConflictPolicy, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { CheckTarget } from '../core/builtin/github.ts';
import type { ReportedRun } from '../core/extensions.ts';
import { reportWorkflowId, type RunRef, type SubscriptionRef } from '../core/ids.ts';
import { REPORT_WORKFLOW, reportedEndSignal } from '../workflows/messages.ts';

/** Reaches the workflows that report runs to GitHub. */
export interface ReportWorkflows {
  /** Has a run shown at a commit on GitHub. Repeatable. */
  reportRun(ref: SubscriptionRef, run: number, target: CheckTarget): Promise<void>;
  /** Tells the report of a run that it has ended. A run without one is fine. */
  reportedEnd(run: RunRef): Promise<void>;
}

export function createReportWorkflows(client: Client, taskQueue: string): ReportWorkflows {
  return {
    async reportRun(subscription, run, target) {
      const { namespace, pipeline } = subscription;
      const reported: ReportedRun = { subscription, run, target };
      await client.workflow.start(REPORT_WORKFLOW, {
        taskQueue,
        workflowId: reportWorkflowId({ namespace, pipeline, run }),
        args: [reported],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        memo: { ...subscription, run },
        staticSummary: `report of run ${run} of pipeline ${namespace}/${pipeline}`,
      });
    },
    async reportedEnd(run) {
      try {
        await client.workflow.getHandle(reportWorkflowId(run)).signal(reportedEndSignal);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}
