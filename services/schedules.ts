import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { Chore } from '../core/chores.ts';
import { MAINTENANCE_WORKFLOW } from '../workflows/messages.ts';

/** How often a chore is done, in seconds. */
export type ChoreIntervals = Readonly<Record<Chore, number>>;

/** Makes sure that Temporal starts every chore at its intervals, whichever worker then does it. Repeatable. */
export async function ensureSchedules(client: Client, taskQueue: string, intervals: ChoreIntervals): Promise<void> {
  await Promise.all(
    Object.values(Chore).map((chore) => ensureSchedule(client, scheduleOf(chore, taskQueue, intervals[chore]))),
  );
}

function scheduleOf(chore: Chore, taskQueue: string, seconds: number): ScheduleOptions {
  return {
    scheduleId: `maintenance:${chore}`,
    spec: { intervals: [{ every: seconds * 1000 }] },
    // A chore that was missed is done the next time.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: MAINTENANCE_WORKFLOW,
      workflowId: `maintenance:${chore}`,
      args: [chore],
      taskQueue,
    },
  };
}

async function ensureSchedule(client: Client, schedule: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { spec, policies, action } = schedule;
    await client.schedule
      .getHandle(schedule.scheduleId)
      .update((present) => ({ ...present, spec, policies: { ...present.policies, ...policies }, action }));
  }
}
