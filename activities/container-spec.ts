import type { ContainerSpec, ImageRequest } from '../backends/scheduler/contract.ts';
import type { TaskRef } from '../core/ids.ts';
import { registryAuthIdentity } from '../services/configs.ts';
import type { Sealer } from '../services/sealing.ts';
import type { Task } from '../sdk/wire.ts';
import { taskLabels } from './labels.ts';

/** The container of a task with this environment. */
export function containerSpec(
  instance: string,
  ref: TaskRef,
  task: Task,
  environment: Readonly<Record<string, string>>,
): ContainerSpec {
  return {
    name: `${ref.namespace}_${ref.pipeline}_${ref.run}_${ref.task}`,
    labels: taskLabels(instance, ref),
    image: task.image,
    environment,
    ...(task.entrypoint && { entrypoint: task.entrypoint }),
    ...(task.command && { command: task.command }),
  };
}

/** What to pull for a task. `sealedPassword` is the one stored with the config, if any. */
export function imageRequest(
  ref: TaskRef,
  task: Task,
  sealedPassword: string | undefined,
  sealer: Sealer,
): ImageRequest {
  const { image, always_pull_newest_image: alwaysPull, registry_auth: auth } = task;
  if (!auth || sealedPassword === undefined) return { image, alwaysPull };
  const pass = sealer.open(sealedPassword, registryAuthIdentity(ref, ref.task));
  return { image, alwaysPull, auth: { user: auth.user, pass } };
}
