import { Readable } from 'node:stream';
import type { LogLine, LogStore, ReadOptions } from '../../backends/logs/contract.ts';
import type { ObjectStore } from '../../backends/objects/contract.ts';
import { ErrorKind, GoferError } from '../../core/errors.ts';
import { taskKey, type TaskRef } from '../../core/ids.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { readLastPage, readLogPage, type LogPage } from '../../services/logs/page.ts';
import { type BlobDependencies, removeReleasedBytes } from '../../services/blob-removals.ts';
import { toDate } from '../../store/client.ts';
import { getConfig } from '../../store/configs.ts';
import { deleteLogs } from '../../store/logs.ts';
import { findRun } from '../../store/runs.ts';
import { findTask, findTaskExecution } from '../../store/task-executions.ts';
import type { ByteHandlers, Handlers, StreamHandlers } from '../handlers.ts';
import { taskOf } from './refs.ts';

export interface LogDependencies extends Pick<BlobDependencies, 'logger'> {
  readonly db: PrismaClient;
  readonly logs: LogStore;
  readonly objects: ObjectStore;
}

/** How many lines an answer has by default, and at most. */
const DEFAULT_LINES = 1_000;
const MAX_LINES = 10_000;

export function logHandlers(deps: LogDependencies) {
  const { db, logs } = deps;
  return {
    delete_logs: async ({ path }) => {
      const ref = taskOf(path);
      const { ended } = await findTaskExecution(db, ref);
      if (ended === null) {
        throw new GoferError(ErrorKind.Invalid, `task execution '${taskKey(ref)}' is not complete, so its log stays`);
      }
      await deleteLogs(db, ref);
      await removeReleasedBytes(deps);
      return { status: 204 };
    },

    list_log_lines: async ({ path, query }, { signal }) => {
      const ref = await findLog(db, taskOf(path));
      if (query.tail !== undefined) {
        const tail = Math.min(query.tail, MAX_LINES);
        return { status: 200, body: toBody(await readLastPage(logs, ref, tail, query.attempt)) };
      }
      const { contains } = query;
      const limit = Math.min(query.limit ?? DEFAULT_LINES, MAX_LINES);
      const page = { ...startOf(query), ...(contains !== undefined && { contains }), limit, signal };
      return { status: 200, body: toBody(await readLogPage(logs, ref, page)) };
    },
  } satisfies Partial<Handlers>;
}

export function logStreams({ db, logs }: LogDependencies) {
  return {
    get_logs: async ({ path, query }, _context, socket) => {
      const ref = await findLog(db, taskOf(path));
      const text = query.format === 'json' ? (line: LogLine) => JSON.stringify(line) : textOf;
      for await (const lines of logs.read(ref, { ...startOf(query), follow: true, signal: socket.signal })) {
        for (const line of lines) await socket.send(text(line));
      }
    },
  } satisfies Pick<StreamHandlers, 'get_logs'>;
}

export function logBytes({ db, logs }: LogDependencies) {
  return {
    download_log: async ({ path, query }, { signal }) => {
      const ref = await findLog(db, taskOf(path));
      const text = query.timestamps ? (line: LogLine) => `${line.timestamp} ${textOf(line)}` : textOf;
      const lines = logs.read(ref, { ...startOf(query), follow: false, signal });
      return {
        status: 200,
        text: Readable.from(textsOf(lines, text), { objectMode: false }),
      };
    },
  } satisfies Pick<ByteHandlers, 'download_log'>;
}

/**
 * Whose log it is that a task execution has: its own, or that of the run whose result it kept.
 *
 * @throws GoferError `conflict` for a log that is no more, `not_found` for a task that the run does not have. A run that has
 * not begun has no task executions yet, but may have them later.
 */
async function findLog(db: PrismaClient, ref: TaskRef): Promise<TaskRef> {
  const run = await findRun(db, ref);
  if (run.state === 'pending') {
    findTask(await getConfig(db, ref, run.version), ref.task);
    return ref;
  }
  const task = await findTaskExecution(db, ref);
  if (task.reusedFrom !== null) return findLog(db, { ...ref, run: task.reusedFrom });
  if (task.logsExpired) throw new GoferError(ErrorKind.Conflict, 'the log has expired');
  if (task.logsRemoved) throw new GoferError(ErrorKind.Conflict, 'the log was removed');
  return ref;
}

function startOf(query: { attempt?: number; from?: string; since?: number }): Omit<ReadOptions, 'follow' | 'signal'> {
  const { attempt, from, since } = query;
  return {
    ...(attempt !== undefined && { attempt }),
    ...(from !== undefined && { from }),
    ...(since !== undefined && { since: toDate(since) }),
  };
}

function textOf({ text, terminated }: LogLine): string {
  return terminated ? `${text}\n` : text;
}

async function* textsOf(
  batches: AsyncIterable<readonly LogLine[]>,
  text: (line: LogLine) => string,
): AsyncGenerator<Buffer> {
  for await (const lines of batches) yield Buffer.from(lines.map(text).join(''));
}

function toBody({ lines, next, attempts, finished }: LogPage) {
  return { lines: [...lines], ...(next !== undefined && { next }), attempts: [...attempts], finished };
}
