import type { Scheduler } from '../../backends/scheduler/contract.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import { taskKey } from '../../core/ids.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { findTaskExecution } from '../../store/task-executions.ts';
import type { TerminalHandlers } from '../handlers.ts';
import { taskOf } from './refs.ts';

export function attachTerminals({ db, scheduler }: { readonly db: PrismaClient; readonly scheduler: Scheduler }) {
  return {
    attach_task_execution: async ({ path, query }) => {
      const ref = taskOf(path);
      const { state, containerId } = await findTaskExecution(db, ref);
      return async (socket) => {
        if (state !== 'running' || containerId === null) {
          throw new GoferError(ErrorKind.Conflict, `task execution '${taskKey(ref)}' is ${state}, not running`);
        }
        // The contract splits at every single space; there is no quoting.
        const terminal = await scheduler.openTerminal(containerId, query.command.split(' '), socket.signal);
        const typing = (async () => {
          for await (const text of socket.texts) terminal.type(`${text}\r`);
        })();
        for await (const bytes of terminal.output) await socket.send(bytes);
        typing.catch(() => undefined);
      };
    },
  } satisfies TerminalHandlers;
}
