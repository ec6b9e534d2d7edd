import { QueryClient, QueryCache, type QueryKey } from '@tanstack/react-query';
import type { RunRef } from '../../core/ids.ts';
import { ApiError } from '../../sdk/errors.ts';
import type { Event, ListTaskExecutionsResponse, TaskExecution } from '../../sdk/wire.ts';
import { tasks } from './client.ts';
import { EventStream } from './event-stream.ts';
import { tasksKey } from './queries.ts';
import { isRefusal, sessionQuery } from './session.ts';

/** What is shown may lag behind what happens by so much; without it a busy server would be asked for everything all the time. */
const FLUSH_MS = 400;
/** From so many changed tasks on, all of them are read at once. */
const MANY_TASKS = 12;

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: checkSession }),
  defaultOptions: {
    queries: {
      // Events tell when something has changed.
      staleTime: 30_000,
      retry: (failures, error) => !(error instanceof ApiError && error.status < 500) && failures < 3,
    },
  },
});

/** A refusal may mean that the session has ended, which then shows when it is asked for. */
function checkSession(error: Error): void {
  if (isRefusal(error)) void queryClient.invalidateQueries(sessionQuery);
}

export const events = new EventStream(() => void queryClient.invalidateQueries());

const stale = new Map<string, QueryKey>();
const changedTasks = new Map<string, { readonly run: RunRef; readonly tasks: Set<string> }>();
let timer: ReturnType<typeof setTimeout> | undefined;

events.listen((event) => {
  for (const key of staleKeys(event)) stale.set(JSON.stringify(key), key);
  noteTask(event);
  timer ??= setTimeout(flush, FLUSH_MS);
});

function flush(): void {
  timer = undefined;
  for (const key of stale.values()) void queryClient.invalidateQueries({ queryKey: key });
  stale.clear();
  for (const { run, tasks: ids } of changedTasks.values()) void refreshTasks(run, [...ids]);
  changedTasks.clear();
}

/** The keys of the queries whose answers an event has changed. */
function staleKeys({ kind }: Event): QueryKey[] {
  const [name = '', fields] = Object.entries(kind)[0] ?? [];
  const { namespace_id: namespace, pipeline_id: pipeline, run_id: run } = fields as Record<string, string | number>;
  if (name.includes('task_execution'))
    return name === 'completed_task_execution' ? [['pipeline', namespace, pipeline, 'objects']] : [];
  if (run !== undefined) {
    const ofPipeline = ['pipeline', namespace, pipeline];
    return [['activity'], [...ofPipeline, 'runs'], [...ofPipeline, 'subscriptions'], ['run', namespace, pipeline, run]];
  }
  if (name.includes('extension'))
    return [['extensions'], ...(pipeline === undefined ? [] : [['pipeline', namespace, pipeline]])];
  if (pipeline !== undefined) return [['activity'], ['pipeline', namespace, pipeline]];
  if (name.includes('role')) return [['roles']];
  return [['activity'], ['namespaces']];
}

/** Shows at once what an event says about a task, and remembers to ask for the rest. */
function noteTask({ kind, emitted }: Event): void {
  const fields = Object.values(kind)[0] as Record<string, unknown> | undefined;
  const task = fields?.['task_execution_id'];
  if (!fields || typeof task !== 'string') return;
  const run = {
    namespace: String(fields['namespace_id']),
    pipeline: String(fields['pipeline_id']),
    run: Number(fields['run_id']),
  };
  if (queryClient.getQueryData(tasksKey(run)) === undefined) return;
  if ('started_task_execution' in kind) patchTasks(run, [{ task_id: task, state: 'running', started: emitted }]);
  if ('completed_task_execution' in kind) {
    const { status } = kind.completed_task_execution;
    patchTasks(run, [{ task_id: task, state: 'complete', status, ended: emitted }]);
    stopWaitingFor(run, task);
  }
  const key = JSON.stringify(tasksKey(run));
  const changed = changedTasks.get(key) ?? { run, tasks: new Set() };
  changed.tasks.add(task);
  changedTasks.set(key, changed);
}

type TaskPatch = Pick<TaskExecution, 'task_id'> & Partial<TaskExecution>;

function patchTasks(run: RunRef, patches: readonly TaskPatch[]): void {
  const byTask = new Map(patches.map((patch) => [patch.task_id, patch]));
  queryClient.setQueryData<ListTaskExecutionsResponse>(
    tasksKey(run),
    (old) =>
      old && {
        ...old,
        task_executions: old.task_executions.map((execution) => {
          const patch = byTask.get(execution.task_id);
          // After a reconnection come events that are older than what was read meanwhile.
          const isNews = patch && !(execution.state === 'complete' && patch.state === 'running');
          return isNews ? { ...execution, ...patch } : execution;
        }),
      },
  );
}

/** Those who wait for a task that has ended wait for the others only. */
function stopWaitingFor(run: RunRef, task: string): void {
  queryClient.setQueryData<ListTaskExecutionsResponse>(
    tasksKey(run),
    (old) =>
      old && {
        ...old,
        task_executions: old.task_executions.map((execution) => {
          const waitingFor = execution.detail?.waiting_for;
          if (!waitingFor?.includes(task)) return execution;
          return { ...execution, detail: { ...execution.detail, waiting_for: waitingFor.filter((id) => id !== task) } };
        }),
      },
  );
}

async function refreshTasks(run: RunRef, ids: readonly string[]): Promise<void> {
  const known = queryClient.getQueryData<ListTaskExecutionsResponse>(tasksKey(run))?.task_executions ?? [];
  const isNew = ids.some((id) => !known.some(({ task_id }) => task_id === id));
  if (isNew || ids.length > MANY_TASKS) {
    await queryClient.invalidateQueries({ queryKey: tasksKey(run) });
    return;
  }
  const answers = await Promise.all(ids.map((task) => tasks.get({ ...run, task }).catch(() => undefined)));
  patchTasks(
    run,
    answers.flatMap((answer) => (answer ? [answer.task_execution] : [])),
  );
}
