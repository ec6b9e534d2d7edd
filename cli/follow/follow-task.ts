import type { RunRef } from '../../core/ids.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { TaskExecution } from '../../sdk/wire.ts';
import { taskLog } from './task-log.ts';

/** What following a run shows. Methods are called in the order in which a reader should see things. */
export interface FollowReport {
  taskStarted(execution: TaskExecution): void;
  taskLine(taskId: string, line: string): void;
  taskNote(taskId: string, note: string): void;
  taskEnded(execution: TaskExecution): void;
}

/** A task whose log is silent for this long after its end is over, whatever became of the stream. */
const SILENCE_AFTER_END_MS = 10_000;
/** Shows one task from its start through its log to its end. */
export async function followTask(
  gofer: GoferClient,
  ref: RunRef,
  first: TaskExecution,
  ended: Promise<TaskExecution>,
  report: FollowReport,
  signal: AbortSignal,
): Promise<void> {
  if (first.started > 0) {
    report.taskStarted(first);
    await showLog(gofer, ref, first.task_id, ended, report, signal);
  }
  if (signal.aborted) return;
  report.taskEnded(await ended);
}

async function showLog(
  gofer: GoferClient,
  { namespace, pipeline, run }: RunRef,
  task: string,
  ended: Promise<unknown>,
  report: FollowReport,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const startTimer = (): void => {
    if (!over) timer = setTimeout(() => silence.abort(), SILENCE_AFTER_END_MS);
  };
  void ended.then(startTimer, () => undefined);
  try {
    const ref = { namespace, pipeline, run, task };
    for await (const { text } of taskLog(gofer, ref, { signal: AbortSignal.any([signal, silence.signal]) })) {
      timer?.refresh();
      report.taskLine(task, text);
    }
  } catch (error) {
    report.taskNote(task, `its log cannot be shown further: ${(error as Error).message}`);
  } finally {
    over = true;
    clearTimeout(timer);
  }
}
