import type { Activities } from './contract.ts';
import { createExtensionActivities, type ExtensionActivityDependencies } from './extensions/index.ts';
import { createMaintenanceActivities, type MaintenanceDependencies } from './maintenance.ts';
import { createRecordActivities, type RecordDependencies } from './records.ts';
import { createSubscriptionActivities } from './subscriptions/index.ts';
import { createSuperviseTask, type SuperviseDependencies } from './supervise-task.ts';

export type ActivityDependencies = RecordDependencies &
  SuperviseDependencies &
  MaintenanceDependencies &
  ExtensionActivityDependencies;

/** All activities, with what they need. */
export function createActivities(deps: ActivityDependencies): Activities {
  return {
    ...createRecordActivities(deps),
    ...createMaintenanceActivities(deps),
    superviseTask: createSuperviseTask(deps),
    ...createExtensionActivities(deps),
    ...createSubscriptionActivities(deps),
  };
}
