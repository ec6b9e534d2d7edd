import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, configCalls, pipelineCalls, type PipelineRef } from '../../sdk/resources.ts';
import type { Subscription } from '../../sdk/wire.ts';
import { api } from '../data/client.ts';

const PIPELINE = '/api/namespaces/{namespace_id}/pipelines/{pipeline_id}';
const configs = configCalls(api);
const pipelines = pipelineCalls(api);

/** The parameters of a path that names a pipeline. */
export const pathOf = (ref: PipelineRef) => ({ namespace_id: ref.namespace, pipeline_id: ref.pipeline });

/** The beginning of the keys of everything about a pipeline. */
export const pipelineKey = (ref: PipelineRef) => ['pipeline', ref.namespace, ref.pipeline] as const;

export const pipelineQuery = (ref: PipelineRef) =>
  queryOptions({ queryKey: [...pipelineKey(ref), 'metadata'], queryFn: () => pipelines.get(ref) });

/** Which runs of a pipeline to list. */
export interface RunFilter {
  readonly state?: 'pending' | 'running' | undefined;
  readonly status?: 'failed' | 'successful' | 'cancelled' | undefined;
  readonly user?: string | undefined;
  /** In ms since the epoch. */
  readonly after?: number | undefined;
}

export const runListQuery = (ref: PipelineRef, filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: [...pipelineKey(ref), 'runs', filter],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET(`${PIPELINE}/runs`, {
          params: {
            path: pathOf(ref),
            query: {
              limit: 50,
              reverse: true,
              ...(pageParam && { cursor: pageParam }),
              ...(filter.state && { state: filter.state }),
              ...(filter.status && { status: filter.status }),
              ...(filter.user && { initiator_user: filter.user }),
              ...(filter.after !== undefined && { started_after: filter.after }),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });

export const configsQuery = (ref: PipelineRef) =>
  queryOptions({
    queryKey: [...pipelineKey(ref), 'configs'],
    queryFn: () => answer(api.GET(`${PIPELINE}/configs`, { params: { path: pathOf(ref) } })),
  });

/** Makes a version the one that new runs use. */
export const deploy = (ref: PipelineRef, version: number) => configs.deploy(ref, version);

export const deploymentsQuery = (ref: PipelineRef) =>
  queryOptions({
    queryKey: [...pipelineKey(ref), 'deployments'],
    queryFn: () => answer(api.GET(`${PIPELINE}/deployments`, { params: { path: pathOf(ref) } })),
  });

export const subscriptionsQuery = (ref: PipelineRef) =>
  queryOptions({
    queryKey: [...pipelineKey(ref), 'subscriptions'],
    queryFn: () => answer(api.GET(`${PIPELINE}/subscriptions`, { params: { path: pathOf(ref) } })),
  });

/** One of them, with more of its next times. */
export const subscriptionQuery = (ref: PipelineRef, listed: Subscription) => {
  const { extension_id, subscription_id } = listed;
  return queryOptions({
    queryKey: [...pipelineKey(ref), 'subscriptions', extension_id, subscription_id],
    queryFn: () =>
      answer(
        api.GET(`${PIPELINE}/subscriptions/{extension_id}/{subscription_id}`, {
          params: { path: { ...pathOf(ref), extension_id, subscription_id } },
        }),
      ),
    placeholderData: { subscription: listed },
  });
};

export const objectsQuery = (ref: PipelineRef) =>
  queryOptions({
    queryKey: [...pipelineKey(ref), 'objects'],
    queryFn: () => answer(api.GET(`${PIPELINE}/objects`, { params: { path: pathOf(ref) } })),
  });

export const secretsQuery = (ref: PipelineRef) =>
  queryOptions({
    queryKey: [...pipelineKey(ref), 'secrets'],
    queryFn: () => answer(api.GET(`${PIPELINE}/secrets`, { params: { path: pathOf(ref) } })),
  });
