import { createFileLogStore } from '../backends/logs/files.ts';
import type { LogStore } from '../backends/logs/contract.ts';
import type { ObjectStore } from '../backends/objects/contract.ts';
import { createFileObjectStore } from '../backends/objects/files.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../backends/scheduler/docker/index.ts';
import { createNullScheduler } from '../backends/scheduler/null.ts';
import type { RunLimits } from '../store/run-queue.ts';
import { required, type ServerConfig } from './config.ts';

/** Chooses the scheduler that the configuration names. */
export function createScheduler(config: ServerConfig): Scheduler {
  switch (config.scheduler.engine) {
    case 'docker':
      return createDockerScheduler();
    case 'none':
      return createNullScheduler();
  }
}

export function createLogStore(config: ServerConfig): LogStore {
  return createFileLogStore(required(config.api.task_execution_logs_dir, 'api.task_execution_logs_dir'));
}

export function createObjectStore(config: ServerConfig): ObjectStore {
  return createFileObjectStore(required(config.object_store.filesystem.path, 'object_store.filesystem.path'));
}

export function runLimits({ api }: ServerConfig): RunLimits {
  return { global: api.global_run_concurrency_limit, perPipeline: api.pipeline_run_concurrency_limit };
}
