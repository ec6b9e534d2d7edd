import type { TaskExecution, TaskExecutionStatus } from './wire.ts';

/** What a task spends its time with. */
export type Phase = 'queue' | 'pull' | 'start' | 'run' | 'clean';

export interface PhaseSpan {
  readonly phase: Phase;
  /** In ms since the epoch; it goes on as long as `to` is 0. */
  readonly from: number;
  readonly to: number;
  /** How it ended, if it is an attempt that was followed by another one. */
  readonly endedAs?: TaskExecutionStatus;
}

/**
 * What a task has spent its time with so far, in order. Waiting for its parents does not count.
 *
 * @param ready when its parents had ended, or 0 if they have not
 */
export function phasesOf(execution: TaskExecution, ready: number): readonly PhaseSpan[] {
  const { started, ended, state, detail } = execution;
  const earlier = earlierPhases(execution);
  if (started === 0 && (state === 'complete' || ready === 0)) return earlier;
  const { fetching, starting, settled = ended } = detail ?? {};
  const begin = Math.max(ready, earlier.at(-1)?.to ?? 0) || started;
  const marks: readonly (readonly [Phase, number | undefined])[] = [
    ['queue', begin],
    ['pull', fetching],
    ['start', starting],
    ['run', started || undefined],
    ['clean', ended || undefined],
  ];
  const known = marks.flatMap(([phase, from]) => (from === undefined ? [] : [{ phase, from }]));
  const spans = known.map(({ phase, from }, index) => ({ phase, from, to: known[index + 1]?.from ?? settled }));
  // Clocks of different machines are never quite the same.
  return [...earlier, ...spans.filter(({ from, to }) => to === 0 || to > from)];
}

/** The attempts before the one that counts. */
function earlierPhases({ detail }: TaskExecution): PhaseSpan[] {
  const attempts = (detail?.earlier_attempts ?? []).filter(({ started }) => started > 0);
  return attempts.map(({ started, ended, status }) => ({ phase: 'run', from: started, to: ended, endedAs: status }));
}

/** When the parents of each task had ended, by task id; 0 if they have not. */
export function readyTimes(executions: readonly TaskExecution[]): ReadonlyMap<string, number> {
  const ends = new Map(executions.map(({ task_id, ended }) => [task_id, ended]));
  const readyTime = ({ created, task }: TaskExecution) => {
    const parents = Object.keys(task.depends_on).map((parent) => ends.get(parent) ?? 0);
    return parents.includes(0) ? 0 : Math.max(created, ...parents);
  };
  return new Map(executions.map((execution) => [execution.task_id, readyTime(execution)]));
}
