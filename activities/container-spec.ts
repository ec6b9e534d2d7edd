import type { ContainerSpec } from '../backends/scheduler/contract.ts';
import type { AttemptRef } from '../core/ids.ts';
import type { Task } from '../sdk/wire.ts';
import { attemptLabels } from './labels.ts';

/** The container of an attempt at a task with this environment. */
export function containerSpec(
  instance: string,
  ref: AttemptRef,
  task: Task,
  environment: Readonly<Record<string, string>>,
): ContainerSpec {
  const name = `${ref.namespace}_${ref.pipeline}_${ref.run}_${ref.task}`;
  const { cpu, memory, pids } = task;
  return {
    name: ref.attempt === 1 ? name : `${name}_${ref.attempt}`,
    labels: attemptLabels(instance, ref),
    image: task.image,
    environment,
    resources: {
      ...(cpu !== undefined && { cpu }),
      ...(memory !== undefined && { memoryBytes: memory }),
      ...(pids !== undefined && { pids }),
    },
    ...(task.entrypoint && { entrypoint: task.entrypoint }),
    ...(task.command && { command: task.command }),
  };
}
