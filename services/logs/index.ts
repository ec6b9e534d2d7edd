import type { LogStore } from '../../backends/logs/contract.ts';
import { findTaskLogs, finishLog } from '../../store/logs.ts';
import { readLogs, type ReaderDependencies } from './reader.ts';
import { readTail } from './tail.ts';
import { openLogWriter, type WriterDependencies } from './writer.ts';

/** Keeps logs in the database while they are written or small, and the rest of them in the object store. */
export function createLogStore(deps: ReaderDependencies & WriterDependencies): LogStore {
  return {
    openWriter: (ref) => openLogWriter(deps, ref),
    finish: (ref) => finishLog(deps.db, ref),
    read: (task, options) => readLogs(deps, task, options),
    tail: (task, lines, attempt) => readTail(deps, task, lines, attempt),
    list: (task) => findTaskLogs(deps.db, task),
  };
}
