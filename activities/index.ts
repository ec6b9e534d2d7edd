import type { RunActivities } from './contract.ts';
import { createRecordActivities, type RecordDependencies } from './records.ts';
import { createSuperviseTask, type SuperviseDependencies } from './supervise-task.ts';

export type ActivityDependencies = RecordDependencies & SuperviseDependencies;

/** All activities, with what they need. */
export function createActivities(deps: ActivityDependencies): RunActivities {
  return { ...createRecordActivities(deps), superviseTask: createSuperviseTask(deps) };
}
