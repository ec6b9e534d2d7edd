import type { RunRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { TaskExecution } from '../../sdk/wire.ts';
import { taskReason } from '../output/outcome.ts';
import { type Paint, paintStatus } from '../output/paint.ts';
import { oneLine } from '../output/table.ts';
import { isFailure } from './live/pick.ts';

const MAX_TASKS = 5;
const LOG_LINES = 10;

/** What went wrong in a run: its failed tasks, the first ones first, with the last lines of their logs. */
export async function failureLines(
  gofer: GoferClient,
  ref: RunRef,
  executions: readonly TaskExecution[],
  paint: Paint,
): Promise<string[]> {
  const failed = executions.filter(isFailure).toSorted((one, other) => one.ended - other.ended);
  const shown = failed.slice(0, MAX_TASKS);
  const blocks = await Promise.all(shown.map((execution) => failureBlock(gofer, ref, execution, paint)));
  const more = failed.length - shown.length;
  return [
    ...blocks.flat(),
    ...(more > 0 ? ['', `and ${more} more ${more === 1 ? 'task' : 'tasks'} that did not succeed`] : []),
  ];
}

async function failureBlock(
  gofer: GoferClient,
  ref: RunRef,
  execution: TaskExecution,
  paint: Paint,
): Promise<string[]> {
  const { task_id: task, status, started } = execution;
  const reason = taskReason(execution);
  const head = `task ${paint('bold', task)} ${paintStatus(paint, status)}${reason && `: ${reason}`}`;
  if (started === 0) return ['', head];
  // A log that is gone is no reason to say nothing of the failure.
  const tail = await gofer.tasks.logTail({ ...ref, task }, LOG_LINES).catch(() => undefined);
  const lines = (tail?.lines ?? []).map(({ text }) => `  ${paint('gray', '│')} ${oneLine(text)}`);
  const isKept = (execution.detail?.kept_until ?? 0) > Date.now();
  const look = isKept ? [`  look inside: gofer task shell ${ref.pipeline} ${ref.run} ${task}`] : [];
  return ['', head, ...lines, ...look];
}
