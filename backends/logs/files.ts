import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TaskRef, taskKey } from '../../core/ids.ts';
import type { LogStore } from './contract.ts';
import { readFileLog } from './file-reader.ts';
import { openFileWriter } from './file-writer.ts';

/** Keeps logs as files, `<folder>/<namespace>/<pipeline>/<run>/<task>.log`; file-format.ts says what is in them. */
export function createFileLogStore(folder: string): LogStore {
  const pathOf = (task: TaskRef) => logPath(folder, task);
  return {
    // Asynchronous, so that a bad name is a rejection like any other.
    openWriter: async (task) => openFileWriter(pathOf(task)),
    read: (task, signal) => readFileLog(pathOf(task), signal),
    remove: async (task) => {
      const path = pathOf(task);
      await rm(path, { force: true });
      // The folder of the run goes with its last log. It is missing or not empty otherwise.
      await rmdir(dirname(path)).catch(() => {});
    },
  };
}

/** Names were checked when the task was made; a second look costs nothing, and a path out of the folder a lot. */
function logPath(folder: string, task: TaskRef): string {
  const names = [task.namespace, task.pipeline, String(task.run), task.task];
  if (names.some((name) => name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name))) {
    throw new Error(`'${taskKey(task)}' cannot name a log`);
  }
  return join(folder, task.namespace, task.pipeline, String(task.run), `${task.task}.log`);
}
