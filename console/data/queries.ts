import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer } from '../../sdk/resources.ts';
import type { RunRef } from '../../core/ids.ts';
import { api, runs, tasks } from './client.ts';

export const runKey = (ref: RunRef) => ['run', ref.namespace, ref.pipeline, ref.run] as const;
export const tasksKey = (ref: RunRef) => ['tasks', ref.namespace, ref.pipeline, ref.run] as const;

/** The pipelines of all namespaces with their newest runs. */
export const pipelineActivityQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: ['activity', 'pipelines', search],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/api/activity/pipelines', {
          params: { query: { limit: 100, ...(search && { search }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });

export const runActivityQuery = queryOptions({
  queryKey: ['activity', 'runs'],
  queryFn: () => answer(api.GET('/api/activity/runs')),
});

export const scheduledStartsQuery = queryOptions({
  queryKey: ['activity', 'starts'],
  queryFn: () => answer(api.GET('/api/activity/starts')),
});

export const runQuery = (ref: RunRef) => queryOptions({ queryKey: runKey(ref), queryFn: () => runs.get(ref) });

export const tasksQuery = (ref: RunRef) => queryOptions({ queryKey: tasksKey(ref), queryFn: () => tasks.list(ref) });
