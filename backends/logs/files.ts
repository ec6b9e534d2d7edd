import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TaskRef } from '../../core/ids.ts';
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
    removeAll: async (namespace, pipeline) => {
      const names = pipeline === undefined ? [namespace] : [namespace, pipeline];
      names.forEach(refuseBadName);
      await rm(join(folder, ...names), { recursive: true, force: true });
    },
    remove: async (task) => {
      const path = pathOf(task);
      await rm(path, { force: true });
      // The folder of the run goes with its last log. It is missing or not empty otherwise.
      await rmdir(dirname(path)).catch(() => {});
    },
  };
}

function logPath(folder: string, task: TaskRef): string {
  const names = [task.namespace, task.pipeline, String(task.run), task.task];
  names.forEach(refuseBadName);
  return `${join(folder, ...names)}.log`;
}

/** Names were checked when their owner was made; a second look costs nothing, and a path out of the folder a lot. */
function refuseBadName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name))
    throw new Error(`'${name}' cannot name a log`);
}
