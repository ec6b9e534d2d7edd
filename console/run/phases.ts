import type { TaskExecution } from '../../sdk/wire.ts';
import { type Tone, toneOfTask } from '../ui/tones.ts';

/** What a task spends its time with. */
export type Phase = 'queue' | 'earlier' | 'run';

export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  queue: 'waited and was prepared',
  earlier: 'earlier attempt',
  run: 'ran',
};

export interface Span {
  readonly phase: Phase;
  /** How it did, for what ran. */
  readonly tone: Tone;
  /** In ms since the epoch; it goes on as long as `to` is 0. */
  readonly from: number;
  readonly to: number;
}

/**
 * What a task has spent its time with so far, in order. Waiting for its parents does not count.
 *
 * @param ready when its parents had ended, or 0 if they have not
 */
export function spansOf(execution: TaskExecution, ready: number): readonly Span[] {
  const { started, ended, state } = execution;
  const tone = toneOfTask(execution);
  if (started === 0) return state === 'complete' || ready === 0 ? [] : [{ phase: 'queue', tone, from: ready, to: 0 }];
  const queue: Span = { phase: 'queue', tone, from: Math.min(ready || started, started), to: started };
  return [queue, { phase: 'run', tone, from: started, to: ended }];
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
