import type { RunStatus, TaskCauseKind, TaskStatus } from './states.ts';

interface NamespaceFields {
  readonly namespace_id: string;
}
interface PipelineFields extends NamespaceFields {
  readonly pipeline_id: string;
}
interface DeploymentFields extends PipelineFields {
  readonly start_version: number;
  readonly end_version: number;
}
interface RunFields extends PipelineFields {
  readonly run_id: number;
}
interface TaskExecutionFields extends RunFields {
  /** The task's id. */
  readonly task_execution_id: string;
}

interface ExtensionFields {
  readonly id: string;
  readonly image: string;
}
interface SubscriptionFields extends PipelineFields {
  readonly extension_id: string;
  readonly subscription_id: string;
}
interface RoleFields {
  readonly role_id: string;
}

/** The event kinds of the wire protocol v0 with their fields (contract, api-behaviour §17.1). The list is closed. */
export interface EventFields {
  readonly created_namespace: NamespaceFields;
  readonly deleted_namespace: NamespaceFields;
  readonly created_pipeline: PipelineFields;
  readonly deleted_pipeline: PipelineFields;
  readonly enabled_pipeline: PipelineFields;
  readonly disabled_pipeline: PipelineFields;
  readonly started_deployment: DeploymentFields;
  readonly completed_deployment: DeploymentFields;
  readonly queued_run: RunFields;
  readonly started_run: RunFields;
  /** `description` is a sentence for people: why it did not succeed. */
  readonly completed_run: RunFields & { readonly status: RunStatus; readonly description?: string };
  readonly started_run_cancellation: RunFields;
  readonly created_task_execution: TaskExecutionFields;
  /** `attempt` is left out for the first one. */
  readonly started_task_execution: TaskExecutionFields & { readonly attempt?: number };
  readonly completed_task_execution: TaskExecutionFields & {
    readonly status: TaskStatus;
    readonly exit_code?: number;
    readonly cause?: TaskCauseKind;
    /** A sentence for people: why it did not succeed. */
    readonly description?: string;
  };
  /** `timeout` in seconds: how long the container has between TERM and KILL. */
  readonly started_task_execution_cancellation: TaskExecutionFields & { readonly timeout: number };
  readonly installed_extension: ExtensionFields;
  readonly uninstalled_extension: ExtensionFields;
  readonly enabled_extension: ExtensionFields;
  readonly disabled_extension: ExtensionFields;
  readonly pipeline_extension_subscription_registered: SubscriptionFields;
  readonly pipeline_extension_subscription_unregistered: SubscriptionFields;
  readonly created_role: RoleFields;
  readonly deleted_role: RoleFields;
}

/** What an event says: an object with exactly one member, named after the kind. */
export type EventKind = { [K in keyof EventFields]: { readonly [P in K]: EventFields[K] } }[keyof EventFields];
