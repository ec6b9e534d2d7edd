import type { ExtensionActivities, RunActivities } from './contract.ts';
import { createExtensionActivities, type ExtensionActivityDependencies } from './extensions/index.ts';
import { createRecordActivities, type RecordDependencies } from './records.ts';
import { createSuperviseTask, type SuperviseDependencies } from './supervise-task.ts';

export type ActivityDependencies = RecordDependencies & SuperviseDependencies & ExtensionActivityDependencies;

/** All activities, with what they need. */
export function createActivities(deps: ActivityDependencies): RunActivities & ExtensionActivities {
  return {
    ...createRecordActivities(deps),
    superviseTask: createSuperviseTask(deps),
    ...createExtensionActivities(deps),
  };
}
