/** Names a run: the number is unique within its pipeline. */
export interface RunRef {
  readonly namespace: string;
  readonly pipeline: string;
  readonly run: number;
}

/** Names one task of one run. */
export interface TaskRef extends RunRef {
  readonly task: string;
}

/** Names one attempt at a task. Attempts count from 1. */
export interface AttemptRef extends TaskRef {
  readonly attempt: number;
}

/** The rule of the contract for namespace, pipeline, role and subscription ids. */
export const IDENTIFIER_RULE = '3 to 32 characters out of A-Z, a-z, 0-9 and -';
const IDENTIFIER = /^[A-Za-z0-9-]{3,32}$/;

/** Task and extension ids become parts of container names, so Docker's alphabet for those is the limit. */
export const TASK_ID_RULE = '1 to 64 characters out of A-Z, a-z, 0-9, _, . and -, the first a letter or digit';
const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Keys of secrets and objects are nearly free: they stand in URLs and messages only. */
export const KEY_RULE = '1 to 128 characters without / and control characters';
const KEY = /^[^/\p{Cc}]{1,128}$/u;

export function isKey(value: string): boolean {
  return KEY.test(value);
}

export function isIdentifier(value: string): boolean {
  return IDENTIFIER.test(value);
}

export function isTaskId(value: string): boolean {
  return TASK_ID.test(value);
}

/** `namespace/pipeline/run`, as people read it in messages, labels and workflow ids. */
export function runKey(ref: RunRef): string {
  return `${ref.namespace}/${ref.pipeline}/${ref.run}`;
}

/** `namespace/pipeline/run/task`. */
export function taskKey(ref: TaskRef): string {
  return `${runKey(ref)}/${ref.task}`;
}

/** `namespace/pipeline/run/task/attempt`. */
export function attemptKey(ref: AttemptRef): string {
  return `${taskKey(ref)}/${ref.attempt}`;
}

/** The Temporal workflow id of a run. One run has at most one workflow because of it. */
export function runWorkflowId(ref: RunRef): string {
  return `run:${runKey(ref)}`;
}

/** Names a subscription: the id is unique within its pipeline and extension. */
export interface SubscriptionRef {
  readonly namespace: string;
  readonly pipeline: string;
  readonly extension: string;
  readonly subscription: string;
}

/** `namespace/pipeline`. */
export function pipelineKeyOf(ref: { readonly namespace: string; readonly pipeline: string }): string {
  return `${ref.namespace}/${ref.pipeline}`;
}

/** `namespace/pipeline/extension/subscription`. */
export function subscriptionKey(ref: SubscriptionRef): string {
  return `${ref.namespace}/${ref.pipeline}/${ref.extension}/${ref.subscription}`;
}

/** The Temporal workflow id of a subscription to a built-in extension. */
export function subscriptionWorkflowId(ref: SubscriptionRef): string {
  return `subscription:${subscriptionKey(ref)}`;
}

/** The Temporal workflow id of an extension. */
export function extensionWorkflowId(extension: string): string {
  return `extension:${extension}`;
}

/** The Temporal workflow id of the report of a run to GitHub. */
export function reportWorkflowId(ref: RunRef): string {
  return `report:${runKey(ref)}`;
}
