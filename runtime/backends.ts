import type { ObjectStore } from '../backends/objects/contract.ts';
import { createFileObjectStore } from '../backends/objects/files.ts';
import type { Scheduler } from '../backends/scheduler/contract.ts';
import { createDockerScheduler } from '../backends/scheduler/docker/index.ts';
import { createNullScheduler } from '../backends/scheduler/null.ts';
import type { Database } from '../store/client.ts';
import { createImageUse } from '../store/images.ts';
import type { RunLimits } from '../store/run-queue.ts';
import { required, type ServerConfig } from './config.ts';

/** Chooses the scheduler that the configuration names. The database remembers which images it pulls. */
export function createScheduler(config: ServerConfig, db: Database): Scheduler {
  switch (config.scheduler.engine) {
    case 'docker':
      return createDockerScheduler({ imageUse: createImageUse(db) });
    case 'none':
      return createNullScheduler();
  }
}

export async function createObjectStore({ object_store: options }: ServerConfig): Promise<ObjectStore> {
  switch (options.engine) {
    case 'filesystem':
      return createFileObjectStore(required(options.filesystem.path, 'object_store.filesystem.path'));
    case 's3': {
      const { endpoint, region, path_style: pathStyle, prefix } = options.s3;
      const bucket = required(options.s3.bucket, 'object_store.s3.bucket');
      // Loading the SDK takes a while, which only those who use it have to pay.
      const { createS3ObjectStore } = await import('../backends/objects/s3.ts');
      return createS3ObjectStore({ endpoint, region, bucket, pathStyle, prefix });
    }
  }
}

export function runLimits({ api }: ServerConfig): RunLimits {
  return { global: api.global_run_concurrency_limit, perPipeline: api.pipeline_run_concurrency_limit };
}
