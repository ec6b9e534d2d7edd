import type { ImageRequest, Scheduler } from '../backends/scheduler/contract.ts';
import { runKey, type TaskRef } from '../core/ids.ts';
import { registryAuthIdentity } from '../services/configs.ts';
import type { Sealer } from '../services/sealing.ts';
import type { SupervisedTask } from '../store/supervised-tasks.ts';
import { resolveRegistryAuth, type InterpolationDependencies } from './interpolation.ts';

export type ImageDependencies = InterpolationDependencies & {
  readonly scheduler: Pick<Scheduler, 'ensureImage'>;
  readonly sealer: Sealer;
};

/**
 * Makes sure that a task's image is there, and returns its digest or id. The tasks of a run get the same one.
 *
 * @throws SchedulerError, PreconditionError, or the reason of `stop`
 */
export async function fetchImage(
  deps: ImageDependencies,
  ref: TaskRef,
  task: Pick<SupervisedTask, 'definition' | 'config'>,
  onProgress: (line: string) => void,
  stop: AbortSignal,
): Promise<string> {
  const { image, always_pull_newest_image: alwaysPull } = task.definition;
  const auth = await readAuth(deps, ref, task);
  return deps.scheduler.ensureImage({ image, alwaysPull, scope: runKey(ref), ...(auth && { auth }) }, onProgress, stop);
}

async function readAuth(
  deps: ImageDependencies,
  ref: TaskRef,
  { definition, config }: Pick<SupervisedTask, 'definition' | 'config'>,
): Promise<ImageRequest['auth']> {
  const sealed = config.registryAuths[ref.task];
  if (!definition.registry_auth || sealed === undefined) return undefined;
  const pass = deps.sealer.open(sealed, registryAuthIdentity(ref, ref.task));
  return resolveRegistryAuth(deps, ref, { user: definition.registry_auth.user, pass });
}
