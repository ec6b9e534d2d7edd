import type { LogStore } from '../../backends/logs/contract.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import { taskKey } from '../../core/ids.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { findTaskExecution, markLogsRemoved } from '../../store/task-executions.ts';
import type { Handlers, StreamHandlers } from '../handlers.ts';
import { taskOf } from './refs.ts';

export interface LogDependencies {
  readonly db: PrismaClient;
  readonly logs: LogStore;
}

export function logHandlers({ db, logs }: LogDependencies) {
  return {
    delete_logs: async ({ path }) => {
      const ref = taskOf(path);
      const { ended } = await findTaskExecution(db, ref);
      if (ended === null) {
        throw new GoferError(ErrorKind.Invalid, `task execution '${taskKey(ref)}' is not complete, so its log stays`);
      }
      await logs.remove(ref);
      await markLogsRemoved(db, ref);
      return { status: 204 };
    },
  } satisfies Pick<Handlers, 'delete_logs'>;
}

export function logStreams({ db, logs }: LogDependencies) {
  return {
    get_logs: async ({ path }, _context, socket) => {
      const ref = taskOf(path);
      const task = await findTaskExecution(db, ref);
      if (task.logsExpired) throw new GoferError(ErrorKind.Conflict, 'the log has expired');
      if (task.logsRemoved) throw new GoferError(ErrorKind.Conflict, 'the log was removed');
      // Complete without a container: there never was a log, and none will come.
      if (task.ended !== null && task.containerId === null) return;
      for await (const line of logs.read(ref, socket.signal))
        await socket.send(line.terminated ? `${line.text}\n` : line.text);
    },
  } satisfies Pick<StreamHandlers, 'get_logs'>;
}
