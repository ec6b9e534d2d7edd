import type { Client } from 'openapi-fetch';
import type { RunRef, TaskRef } from '../core/ids.ts';
import type { PipelineDocument } from '../core/pipeline-config.ts';
import type { paths } from '../generated/openapi.ts';
import type {
  ConfigDocument,
  CreateNamespaceRequest,
  CreateSubscriptionRequest,
  PutGlobalSecretRequest,
  PutPipelineSecretRequest,
  UpdateNamespaceRequest,
  UpdatePipelineRequest,
  UpdateSubscriptionRequest,
} from './wire.ts';

/** The HTTP client that the OpenAPI document types: every path, parameter and answer. */
export type Api = Client<paths>;

/** Names a pipeline. */
export interface PipelineRef {
  readonly namespace: string;
  readonly pipeline: string;
}

/** Names a subscription of a pipeline. */
export interface SubscriptionRef extends PipelineRef {
  readonly extension: string;
  readonly subscription: string;
}

/** What one may ask for besides when a run is started. */
export interface RunStartOptions {
  /** For how many seconds the containers of failed tasks are kept, so that one can look inside; not at all without it. */
  readonly keepFailed?: number | undefined;
}

/** Which runs a list shows. */
export interface RunPage {
  readonly limit?: number;
  readonly offset?: number;
  /** Newest first. */
  readonly reverse?: boolean;
}

const NAMESPACE = '/api/namespaces/{namespace_id}';
const PIPELINE = `${NAMESPACE}/pipelines/{pipeline_id}` as const;
const RUN = `${PIPELINE}/runs/{run_id}` as const;
const TASK = `${RUN}/tasks/{task_id}` as const;
const SUBSCRIPTION = `${PIPELINE}/subscriptions/{extension_id}/{subscription_id}` as const;

const pipelinePath = (ref: PipelineRef) => ({ namespace_id: ref.namespace, pipeline_id: ref.pipeline });
const runPath = (ref: RunRef) => ({ ...pipelinePath(ref), run_id: ref.run });
const taskPath = (ref: TaskRef) => ({ ...runPath(ref), task_id: ref.task });
const subscriptionPath = (ref: SubscriptionRef) => ({
  ...pipelinePath(ref),
  extension_id: ref.extension,
  subscription_id: ref.subscription,
});

export const namespaceCalls = (api: Api) => ({
  list: () => answer(api.GET('/api/namespaces')),
  get: (id: string) => answer(api.GET(NAMESPACE, { params: { path: { namespace_id: id } } })),
  create: (body: CreateNamespaceRequest) => answer(api.POST('/api/namespaces', { body })),
  /** Changes what is given. */
  update: (id: string, body: UpdateNamespaceRequest) =>
    answer(api.PATCH(NAMESPACE, { params: { path: { namespace_id: id } }, body })),
  delete: (id: string) => done(api.DELETE(NAMESPACE, { params: { path: { namespace_id: id } } })),
});

export const pipelineCalls = (api: Api) => ({
  /** @param include `last_run` adds to each pipeline its last run, if the caller may read it */
  list: (namespace: string, { include, limit }: { readonly include?: 'last_run'; readonly limit?: number } = {}) =>
    answer(
      api.GET(`${NAMESPACE}/pipelines`, {
        params: {
          path: { namespace_id: namespace },
          query: { ...(include && { include }), ...(limit !== undefined && { limit }) },
        },
      }),
    ),
  get: (ref: PipelineRef) => answer(api.GET(PIPELINE, { params: { path: pipelinePath(ref) } })),
  update: (ref: PipelineRef, body: UpdatePipelineRequest) =>
    done(api.PATCH(PIPELINE, { params: { path: pipelinePath(ref) }, body })),
  /** With its versions, runs, logs, objects and secrets. */
  delete: (ref: PipelineRef) => done(api.DELETE(PIPELINE, { params: { path: pipelinePath(ref) } })),
});

export const subscriptionCalls = (api: Api) => ({
  list: (ref: PipelineRef) => answer(api.GET(`${PIPELINE}/subscriptions`, { params: { path: pipelinePath(ref) } })),
  get: (ref: SubscriptionRef) => answer(api.GET(SUBSCRIPTION, { params: { path: subscriptionPath(ref) } })),
  create: (ref: PipelineRef, body: CreateSubscriptionRequest) =>
    answer(api.POST(`${PIPELINE}/subscriptions`, { params: { path: pipelinePath(ref) }, body })),
  update: (ref: SubscriptionRef, body: UpdateSubscriptionRequest) =>
    done(api.PATCH(SUBSCRIPTION, { params: { path: subscriptionPath(ref) }, body })),
  delete: (ref: SubscriptionRef) => done(api.DELETE(SUBSCRIPTION, { params: { path: subscriptionPath(ref) } })),
});

export const deploymentCalls = (api: Api) => ({
  list: (ref: PipelineRef) => answer(api.GET(`${PIPELINE}/deployments`, { params: { path: pipelinePath(ref) } })),
  get: (ref: PipelineRef, deployment: number) =>
    answer(
      api.GET(`${PIPELINE}/deployments/{deployment_id}`, {
        params: { path: { ...pipelinePath(ref), deployment_id: deployment } },
      }),
    ),
});

export const configCalls = (api: Api) => ({
  list: (ref: PipelineRef) => answer(api.GET(`${PIPELINE}/configs`, { params: { path: pipelinePath(ref) } })),
  /** One version; 0, the default, means the newest. */
  get: (ref: PipelineRef, version = 0) =>
    answer(api.GET(`${PIPELINE}/configs/{version}`, { params: { path: { ...pipelinePath(ref), version } } })),
  register: (namespace: string, document: PipelineDocument) =>
    answer(
      api.POST(`${PIPELINE}/configs`, {
        params: { path: pipelinePath({ namespace, pipeline: document.id }) },
        body: { config: mutable(document) },
      }),
    ),
  /** Makes a version the one that new runs use. */
  deploy: (ref: PipelineRef, version: number) =>
    answer(api.POST(`${PIPELINE}/configs/{version}`, { params: { path: { ...pipelinePath(ref), version } } })),
  /** A version that is neither live nor the newest nor in use by a run. */
  delete: (ref: PipelineRef, version: number) =>
    done(api.DELETE(`${PIPELINE}/configs/{version}`, { params: { path: { ...pipelinePath(ref), version } } })),
});

export const runCalls = (api: Api) => ({
  list: (ref: PipelineRef, page: RunPage = {}) =>
    answer(api.GET(`${PIPELINE}/runs`, { params: { path: pipelinePath(ref), query: page } })),
  get: (ref: RunRef) => answer(api.GET(RUN, { params: { path: runPath(ref) } })),
  /** With an identity this may be repeated: it is one run, for each user. */
  start: (
    ref: PipelineRef,
    variables: Record<string, string> = {},
    { identity, keepFailed }: RunStartOptions & { readonly identity?: string } = {},
  ) =>
    answer(
      api.POST(`${PIPELINE}/runs`, {
        params: { path: pipelinePath(ref) },
        body: { variables, ...(identity !== undefined && { identity }), ...keeping(keepFailed) },
      }),
    ),
  /** A complete run again, with its version and variables; `fromFailed` keeps the results of its successful tasks. */
  rerun: (ref: RunRef, { fromFailed = false, keepFailed }: RunStartOptions & { readonly fromFailed?: boolean } = {}) =>
    answer(
      api.POST(`${RUN}/rerun`, {
        params: { path: runPath(ref) },
        body: { from_failed: fromFailed, ...keeping(keepFailed) },
      }),
    ),
  cancel: (ref: RunRef) => done(api.DELETE(RUN, { params: { path: runPath(ref) } })),
});

/** The generated types tell apart what is undefined and what is not there. */
function keeping(seconds: number | undefined): { keep_failed?: number } {
  return seconds === undefined ? {} : { keep_failed: seconds };
}

export const taskCalls = (api: Api) => ({
  list: (ref: RunRef) => answer(api.GET(`${RUN}/tasks`, { params: { path: runPath(ref) } })),
  get: (ref: TaskRef) => answer(api.GET(TASK, { params: { path: taskPath(ref) } })),
  /** The last lines of its log so far, of its newest attempt if none is given. */
  logTail: (ref: TaskRef, lines: number, attempt?: number) =>
    answer(
      api.GET(`${TASK}/log`, {
        params: { path: taskPath(ref), query: { tail: lines, ...(attempt !== undefined && { attempt }) } },
      }),
    ),
  /** Removes the logs of a task that has ended. */
  deleteLogs: (ref: TaskRef) => done(api.DELETE(`${TASK}/logs`, { params: { path: taskPath(ref) } })),
  /** @param waitFor seconds the container gets to stop by itself; 0 kills it at once */
  cancel: (ref: TaskRef, waitFor: number) =>
    done(api.DELETE(TASK, { params: { path: taskPath(ref), query: { wait_for: waitFor } } })),
});

const GLOBAL_SECRETS = '/api/secrets/global';
const SECRETS = `${PIPELINE}/secrets` as const;

export const secretCalls = (api: Api) => ({
  list: (ref: PipelineRef) => answer(api.GET(SECRETS, { params: { path: pipelinePath(ref) } })),
  /** @param includeSecret whether the answer is to have the value, which is recorded */
  get: (ref: PipelineRef, key: string, includeSecret = false) =>
    answer(
      api.GET(`${SECRETS}/{key}`, {
        params: { path: { ...pipelinePath(ref), key }, query: { include_secret: includeSecret } },
      }),
    ),
  put: (ref: PipelineRef, body: PutPipelineSecretRequest) =>
    answer(api.POST(SECRETS, { params: { path: pipelinePath(ref) }, body })),
  delete: (ref: PipelineRef, key: string) =>
    done(api.DELETE(`${SECRETS}/{key}`, { params: { path: { ...pipelinePath(ref), key } } })),
  listGlobal: () => answer(api.GET(GLOBAL_SECRETS)),
  getGlobal: (key: string, includeSecret = false) =>
    answer(api.GET(`${GLOBAL_SECRETS}/{key}`, { params: { path: { key }, query: { include_secret: includeSecret } } })),
  putGlobal: (body: PutGlobalSecretRequest) => answer(api.POST(GLOBAL_SECRETS, { body })),
  deleteGlobal: (key: string) => done(api.DELETE(`${GLOBAL_SECRETS}/{key}`, { params: { path: { key } } })),
  /** Encrypts anew, for some seconds, what is not encrypted with the server's active key. */
  rotateKeys: () => answer(api.POST('/api/secrets/rotate-keys')),
});

/** The body of a successful answer. Refusals have become errors before they get here. */
export async function answer<Body>(call: Promise<{ data?: Body; response: Response }>): Promise<NonNullable<Body>> {
  const { data, response } = await call;
  if (data === undefined || data === null)
    throw new TypeError(`${response.url} answered ${response.status} without a body`);
  return data;
}

/** Waits for an answer without a body. */
export async function done(call: Promise<unknown>): Promise<void> {
  await call;
}

/** The generated types know no `readonly`; nothing changes the document on its way out. */
function mutable(document: PipelineDocument): ConfigDocument {
  return document as ConfigDocument;
}
