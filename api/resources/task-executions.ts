import { cancelTask, type RunDependencies } from '../../services/runs.ts';
import { getTaskExecution, listTaskExecutions } from '../../store/task-executions.ts';
import type { Handlers } from '../handlers.ts';
import { runOf, taskOf } from './refs.ts';

export function taskExecutionHandlers(deps: RunDependencies) {
  return {
    list_task_executions: async ({ path }) => ({
      status: 200,
      body: { task_executions: await listTaskExecutions(deps.db, runOf(path)) },
    }),

    get_task_execution: async ({ path }) => ({
      status: 200,
      body: { task_execution: await getTaskExecution(deps.db, taskOf(path)) },
    }),

    cancel_task_execution: async ({ path, query }) => {
      await cancelTask(deps, taskOf(path), query.wait_for);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'list_task_executions' | 'get_task_execution' | 'cancel_task_execution'>;
}
