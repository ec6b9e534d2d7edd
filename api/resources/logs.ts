import type { LogStore } from '../../backends/logs/contract.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import { taskKey, type TaskRef } from '../../core/ids.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { getConfig } from '../../store/configs.ts';
import { findRun } from '../../store/runs.ts';
import { findTask, findTaskExecution, markLogsRemoved } from '../../store/task-executions.ts';
import type { Handlers, StreamHandlers } from '../handlers.ts';
import type { TextSocket } from '../streams/text-socket.ts';
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
      if (await mayHaveLog(db, ref)) await sendLog(logs, ref, socket);
    },
  } satisfies Pick<StreamHandlers, 'get_logs'>;
}

/**
 * Whether there is a log to wait for. A task that was never given a container has none, and one whose run has not begun
 * yet may still write one.
 *
 * @throws GoferError `conflict` for a log that is no more, `not_found` for a task that the run does not have
 */
async function mayHaveLog(db: PrismaClient, ref: TaskRef): Promise<boolean> {
  const run = await findRun(db, ref);
  if (run.state === 'pending') {
    findTask(await getConfig(db, ref, run.version), ref.task);
    return true;
  }
  const task = await findTaskExecution(db, ref);
  if (task.logsExpired) throw new GoferError(ErrorKind.Conflict, 'the log has expired');
  if (task.logsRemoved) throw new GoferError(ErrorKind.Conflict, 'the log was removed');
  return task.ended === null || task.containerId !== null;
}

async function sendLog(logs: LogStore, ref: TaskRef, socket: TextSocket): Promise<void> {
  for await (const line of logs.read(ref, socket.signal))
    await socket.send(line.terminated ? `${line.text}\n` : line.text);
}
