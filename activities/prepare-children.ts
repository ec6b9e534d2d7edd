import { ParentRequirement } from '../core/states.ts';
import type { TaskRef } from '../core/ids.ts';
import { parseReference } from '../core/interpolation.ts';
import type { Task } from '../sdk/wire.ts';
import { findSupervisedTask, type SupervisedTask } from '../store/supervised-tasks.ts';
import { haveBegun } from '../store/task-executions.ts';
import { containerSpec } from './container-spec.ts';
import { fetchImage } from './images.ts';
import type { PreparedContainer } from './preparations.ts';
import type { SuperviseDependencies } from './supervise-task.ts';

/** How many children of one task get their containers ahead of time. */
const MAX_PREPARED = 4;

/** How long getting their images may take, in milliseconds; what takes longer is for the child's own supervisor. */
const PULL_LIMIT_MS = 60_000;

/**
 * Makes the containers of the tasks that are likely to be next while their last parent still runs, so that all that is left
 * to do then is to start them. Children whose environment has secrets or objects in it wait: these may still change.
 */
export function prepareChildren(deps: SuperviseDependencies, parent: TaskRef, { config }: SupervisedTask): void {
  const children = config.childrenOf(parent.task).filter(isLikelyNext).slice(0, MAX_PREPARED);
  for (const child of children) {
    deps.preparations.add({ ...parent, task: child.id }, (mayMake) => prepare(deps, parent, child, mayMake));
  }
}

function isLikelyNext({ depends_on: parents, always_pull_newest_image: alwaysPull }: Task): boolean {
  return !alwaysPull && Object.values(parents).every((required) => required !== ParentRequirement.Failure);
}

/** @param parent one that has begun */
async function prepare(
  deps: SuperviseDependencies,
  parent: TaskRef,
  child: Task,
  mayMake: () => boolean,
): Promise<PreparedContainer | undefined> {
  const ref = { ...parent, task: child.id };
  const others = Object.keys(child.depends_on).filter((task) => task !== parent.task);
  if (others.length > 0 && !(await haveBegun(deps.db, ref, others))) return undefined;
  const task = await findSupervisedTask(deps.db, deps.configs, ref);
  const { variables, begun, recorded, cancellation } = task;
  if (begun || recorded || cancellation || variables.some(({ value }) => parseReference(value))) return undefined;
  const imageDigest = await fetchImage(deps, ref, task, () => undefined, AbortSignal.timeout(PULL_LIMIT_MS));
  if (!mayMake()) return undefined;
  const environment = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
  const spec = containerSpec(deps.instance, { ...ref, attempt: 1 }, child, environment);
  const container = await deps.scheduler.ensureContainer({ ...spec, imageId: imageDigest });
  return { container, imageDigest };
}
