import type { ContainerSpec, ImageRequest } from '../backends/scheduler/contract.ts';
import type { TaskRef } from '../core/ids.ts';
import { parseReference } from '../core/interpolation.ts';
import { registryAuthIdentity } from '../services/configs.ts';
import type { Sealer } from '../services/sealing.ts';
import type { Task, Variable } from '../sdk/wire.ts';
import { taskLabels } from './labels.ts';

/** A condition for starting the task is not met; the message is the task's status description. */
export class PreconditionError extends Error {
  override readonly name = 'PreconditionError';
}

/**
 * The container of a task.
 *
 * @throws PreconditionError if a variable refers to a secret or object that does not exist
 */
export function containerSpec(
  instance: string,
  ref: TaskRef,
  task: Task,
  variables: readonly Variable[],
): ContainerSpec {
  return {
    name: `${ref.namespace}_${ref.pipeline}_${ref.run}_${ref.task}`,
    labels: taskLabels(instance, ref),
    image: task.image,
    environment: Object.fromEntries(variables.map((variable) => [variable.key, resolve(variable)])),
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

function resolve({ key, value }: Variable): string {
  const reference = parseReference(value);
  if (!reference) return value;
  throw new PreconditionError(`variable '${key}' refers to ${reference.kind} '${reference.key}', which does not exist`);
}
