import { createFileLogStore } from '../backends/logs/files.ts';
import type { LogStore } from '../backends/logs/contract.ts';
import type { ObjectStore } from '../backends/objects/contract.ts';
import { createFileObjectStore } from '../backends/objects/files.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../backends/scheduler/docker/index.ts';
import { createNullScheduler } from '../backends/scheduler/null.ts';
import { GoferError, ErrorKind } from '../core/errors.ts';
import { createSealer, type Sealer } from '../services/sealing.ts';
import type { RunLimits } from '../store/admission.ts';
import type { Config } from './config.ts';

/** Chooses the scheduler that the configuration names. */
export function createScheduler(config: Config): Scheduler {
  switch (config.scheduler.engine) {
    case 'docker':
      return createDockerScheduler();
    case 'none':
      return createNullScheduler();
  }
}

export function createLogStore(config: Config): LogStore {
  return createFileLogStore(required(config.log_store.path, 'log_store.path'));
}

export function createObjectStore(config: Config): ObjectStore {
  return createFileObjectStore(required(config.object_store.filesystem.path, 'object_store.filesystem.path'));
}

export function createConfiguredSealer(config: Config): Sealer {
  return createSealer(required(config.secret_store.encryption_key, 'secret_store.encryption_key'));
}

export function runLimits({ api }: Config): RunLimits {
  return { global: api.global_run_concurrency_limit, perPipeline: api.pipeline_run_concurrency_limit };
}

/** @throws GoferError `invalid` naming the key if it is not set */
export function required<T>(value: T | undefined, key: string): T {
  if (value !== undefined) return value;
  const variable = `GOFER_WEB_${key.toUpperCase().replace('.', '__')}`;
  throw new GoferError(ErrorKind.Invalid, `the configuration lacks ${key} (or the variable ${variable})`);
}
