/**
 * The types of the wire, named. Everything else takes them from here, so that only this file knows how the types that are
 * generated from the OpenAPI document are laid out.
 */
import type { components } from '../generated/openapi.ts';

type Schemas = components['schemas'];

/** The wire type of a schema by its name, for example `Wire<'Run'>`. */
export type Wire<Name extends keyof Schemas> = Schemas[Name];

/** What happened: an object with one member. The bare string that the document allows as well never occurs. */
export type EventKind = Exclude<Wire<'EventKind'>, string>;
export type Event = Omit<Wire<'Event'>, 'kind'> & { kind: EventKind };
/** The names of event kinds. */
export type EventName = EventKind extends infer Kind ? (Kind extends unknown ? keyof Kind : never) : never;
export type CompletedRunEvent = Wire<'CompletedRunEvent'>;
export type CompletedTaskExecutionEvent = Wire<'CompletedTaskExecutionEvent'>;
export type Config = Wire<'Config'>;
export type ConfigDocument = Wire<'ConfigDocument'>;
export type ConfigState = Wire<'ConfigState'>;
export type CreateNamespaceRequest = Wire<'CreateNamespaceRequest'>;
export type CreateNamespaceResponse = Wire<'CreateNamespaceResponse'>;
export type DeployConfigResponse = Wire<'DeployConfigResponse'>;
export type Deployment = Wire<'Deployment'>;
export type DeploymentEvent = Wire<'DeploymentEvent'>;
export type DeploymentState = Wire<'DeploymentState'>;
export type DeploymentStatus = Wire<'DeploymentStatus'>;
export type DeploymentStatusReason = NonNullable<Wire<'DeploymentStatusReason'>>;
export type ErrorBody = Wire<'ErrorBody'>;
export type ExtensionEvent = Wire<'ExtensionEvent'>;
export type GetConfigResponse = Wire<'GetConfigResponse'>;
export type GetDeploymentResponse = Wire<'GetDeploymentResponse'>;
export type GetEventResponse = Wire<'GetEventResponse'>;
export type GetNamespaceResponse = Wire<'GetNamespaceResponse'>;
export type GetPipelineResponse = Wire<'GetPipelineResponse'>;
export type GetRunResponse = Wire<'GetRunResponse'>;
export type GetSystemMetadataResponse = Wire<'GetSystemMetadataResponse'>;
export type GetTaskExecutionResponse = Wire<'GetTaskExecutionResponse'>;
export type Initiator = Wire<'Initiator'>;
export type ListConfigsResponse = Wire<'ListConfigsResponse'>;
export type ListDeploymentsResponse = Wire<'ListDeploymentsResponse'>;
export type ListNamespacesResponse = Wire<'ListNamespacesResponse'>;
export type ListPipelinesResponse = Wire<'ListPipelinesResponse'>;
export type ListRunsResponse = Wire<'ListRunsResponse'>;
export type ListTaskExecutionsResponse = Wire<'ListTaskExecutionsResponse'>;
export type Namespace = Wire<'Namespace'>;
export type NamespaceEvent = Wire<'NamespaceEvent'>;
export type ParentRequirement = Wire<'ParentRequirement'>;
export type ParentRequirementDocument = Wire<'ParentRequirementDocument'>;
export type PipelineEvent = Wire<'PipelineEvent'>;
export type PipelineMetadata = Wire<'PipelineMetadata'>;
export type PipelineState = Wire<'PipelineState'>;
export type RegisterConfigRequest = Wire<'RegisterConfigRequest'>;
export type RegisterConfigResponse = Wire<'RegisterConfigResponse'>;
export type RegisteredPipeline = Wire<'RegisteredPipeline'>;
export type RegistryAuth = NonNullable<Wire<'RegistryAuth'>>;
export type RoleEvent = Wire<'RoleEvent'>;
export type Run = Wire<'Run'>;
export type RunDetail = Wire<'RunDetail'>;
export type RunEvent = Wire<'RunEvent'>;
export type RunReason = Wire<'RunReason'>;
export type RunState = Wire<'RunState'>;
export type RunStatus = Wire<'RunStatus'>;
export type RunStatusReason = NonNullable<Wire<'RunStatusReason'>>;
export type StartRunRequest = Wire<'StartRunRequest'>;
export type StartRunResponse = Wire<'StartRunResponse'>;
export type SubscriptionEvent = Wire<'SubscriptionEvent'>;
export type Task = Wire<'Task'>;
export type TaskDocument = Wire<'TaskDocument'>;
export type TaskExecution = Wire<'TaskExecution'>;
export type TaskExecutionCancellationEvent = Wire<'TaskExecutionCancellationEvent'>;
export type TaskExecutionDetail = Wire<'TaskExecutionDetail'>;
export type TaskExecutionEvent = Wire<'TaskExecutionEvent'>;
export type TaskExecutionReason = Wire<'TaskExecutionReason'>;
export type TaskExecutionState = Wire<'TaskExecutionState'>;
export type TaskExecutionStatus = Wire<'TaskExecutionStatus'>;
export type TaskExecutionStatusReason = NonNullable<Wire<'TaskExecutionStatusReason'>>;
export type UpdateNamespaceRequest = Wire<'UpdateNamespaceRequest'>;
export type UpdateNamespaceResponse = Wire<'UpdateNamespaceResponse'>;
export type UpdatePipelineRequest = Wire<'UpdatePipelineRequest'>;
export type Variable = Wire<'Variable'>;
export type VariableSource = Wire<'VariableSource'>;
