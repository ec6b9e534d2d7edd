import { WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import type { WatchedEnd } from '../core/extensions.ts';
import { extensionWorkflowId, subscriptionKey, subscriptionWorkflowId, type SubscriptionRef } from '../core/ids.ts';
import {
  changedSignal,
  eventsArrivedSignal,
  EXTENSION_WORKFLOW,
  externalEventSignal,
  SUBSCRIPTION_WORKFLOW,
  watchedEndSignal,
} from '../workflows/messages.ts';
import { goferNamespace, goferPipeline } from '../workflows/search-attributes.ts';
import { createReportWorkflows, type ReportWorkflows } from './report-workflows.ts';

/** How long Temporal may take to answer a question that costs nothing, in milliseconds. */
const PING_DEADLINE_MS = 5_000;

/** Reaches the workflows of extensions and subscriptions, and starts those that do not run. */
export interface ExtensionWorkflows extends ReportWorkflows {
  /** Tells an extension's workflow to look at its record. */
  extensionChanged(extension: string): Promise<void>;
  /** Tells an extension's workflow that external events wait. */
  eventsArrived(extension: string): Promise<void>;
  /** Tells the workflow of a subscription to a built-in extension to look at its record. */
  subscriptionChanged(ref: SubscriptionRef): Promise<void>;
  /** Tells the workflow of a subscription to a built-in extension of an external event. */
  eventArrived(ref: SubscriptionRef, event: string): Promise<void>;
  /** Tells the workflow of a subscription that a run it watches has ended. */
  watchedEnd(ref: SubscriptionRef, end: WatchedEnd): Promise<void>;
  /** Whether Temporal answers. */
  isReachable(): Promise<boolean>;
}

export function createExtensionWorkflows(client: Client, taskQueue: string): ExtensionWorkflows {
  const ofExtension = (id: string) => ({
    taskQueue,
    workflowId: extensionWorkflowId(id),
    args: [id],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    memo: { extension: id },
    staticSummary: `extension ${id}`,
  });
  const ofSubscription = (ref: SubscriptionRef) => ({
    taskQueue,
    workflowId: subscriptionWorkflowId(ref),
    args: [ref],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    typedSearchAttributes: [
      { key: goferNamespace, value: ref.namespace },
      { key: goferPipeline, value: ref.pipeline },
    ],
    memo: { ...ref },
    staticSummary: `subscription ${subscriptionKey(ref)}`,
  });
  return {
    async extensionChanged(id) {
      await client.workflow.signalWithStart(EXTENSION_WORKFLOW, { ...ofExtension(id), signal: changedSignal });
    },
    async eventsArrived(id) {
      await client.workflow.signalWithStart(EXTENSION_WORKFLOW, { ...ofExtension(id), signal: eventsArrivedSignal });
    },
    async subscriptionChanged(ref) {
      await client.workflow.signalWithStart(SUBSCRIPTION_WORKFLOW, { ...ofSubscription(ref), signal: changedSignal });
    },
    async eventArrived(ref, event) {
      await client.workflow.signalWithStart(SUBSCRIPTION_WORKFLOW, {
        ...ofSubscription(ref),
        signal: externalEventSignal,
        signalArgs: [event],
      });
    },
    async watchedEnd(ref, end) {
      await client.workflow.signalWithStart(SUBSCRIPTION_WORKFLOW, {
        ...ofSubscription(ref),
        signal: watchedEndSignal,
        signalArgs: [end],
      });
    },
    ...createReportWorkflows(client, taskQueue),
    isReachable: () => isReachable(client),
  };
}

async function isReachable({ connection }: Client): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + PING_DEADLINE_MS, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
