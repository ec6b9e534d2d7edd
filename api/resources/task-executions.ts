import { cancelTask, type RunDependencies } from '../../services/runs.ts';
import { getTaskExecution, listTaskExecutions } from '../../store/task-executions.ts';
import { cutPage, readCursor, writeCursor } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';
import { runOf, taskOf } from './refs.ts';

export function taskExecutionHandlers(deps: RunDependencies) {
  return {
    list_task_executions: async ({ path, query: { limit, cursor, status } }) => {
      const [behind] = cursor === undefined ? [] : readCursor('task-executions', cursor, ['']);
      const rows = await listTaskExecutions(deps.db, runOf(path), {
        ...(limit !== undefined && limit !== null && { limit: limit + 1 }),
        ...(behind !== undefined && { behind }),
        ...(status && { status }),
      });
      const { page, next } = cutPage(rows, limit ?? Infinity, (last) => writeCursor('task-executions', last.task_id));
      return { status: 200, body: { task_executions: page, ...next } };
    },

    get_task_execution: async ({ path }) => ({
      status: 200,
      body: { task_execution: await getTaskExecution(deps.db, taskOf(path)) },
    }),

    cancel_task_execution: async ({ path, query }, { caller }) => {
      await cancelTask(deps, taskOf(path), query.wait_for, caller);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'list_task_executions' | 'get_task_execution' | 'cancel_task_execution'>;
}
