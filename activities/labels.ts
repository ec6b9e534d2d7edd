import type { RunRef, TaskRef } from '../core/ids.ts';

/** The labels that all containers of a run carry and no other container does. */
export function runLabels(instance: string, run: RunRef): Record<string, string> {
  return {
    'gofer.instance': instance,
    'gofer.namespace': run.namespace,
    'gofer.pipeline': run.pipeline,
    'gofer.run': String(run.run),
  };
}

/** The labels that identify the container of a task. */
export function taskLabels(instance: string, task: TaskRef): Record<string, string> {
  return { ...runLabels(instance, task), 'gofer.task': task.task };
}
