import type { Run, TaskExecution } from '../../../sdk/wire.ts';

/** A run of the pipeline `demo`. */
export function runOf(more: Partial<Run> = {}): Run {
  return {
    namespace_id: 'default',
    pipeline_id: 'demo',
    pipeline_config_version: 1,
    run_id: 1,
    started: 1,
    ended: 0,
    state: 'pending',
    status: 'unknown',
    initiator: { id: '1', user: 'ann' },
    variables: [],
    store_objects_expired: false,
    ...more,
  };
}

/** A task execution of that run, which waits. */
export function executionOf(task_id: string, more: Partial<TaskExecution> = {}): TaskExecution {
  return {
    namespace_id: 'default',
    pipeline_id: 'demo',
    run_id: 1,
    task_id,
    created: 1,
    started: 0,
    ended: 0,
    logs_expired: false,
    logs_removed: false,
    state: 'waiting',
    status: 'unknown',
    variables: [],
    task: {
      id: task_id,
      description: '',
      image: 'i',
      depends_on: {},
      variables: [],
      inject_api_token: false,
      always_pull_newest_image: false,
    },
    ...more,
  };
}
