import type { TaskExecution } from '../../sdk/wire.ts';
import { runReason, taskReason } from '../output/outcome.ts';
import { type Paint, paintStatus, taskStyle } from '../output/paint.ts';
import { formatDuration } from '../output/time.ts';
import type { RunReport } from './follow-run.ts';

/** Longer task ids are not padded to; their lines start further right. */
const MAX_PREFIX = 24;

const SYMBOLS: Readonly<Record<string, string>> = { successful: '✓', failed: '✗', cancelled: '■', skipped: '–' };

/** Writes what happens as lines, each with its task's id in the task's colour in front. */
export function createPrintReport(taskIds: readonly string[], paint: Paint, print: (line: string) => void): RunReport {
  const width = Math.min(MAX_PREFIX, Math.max(0, ...taskIds.map((id) => id.length)));
  const styles = new Map(taskIds.map((id, index) => [id, taskStyle(index)]));
  const put = (taskId: string, text: string): void =>
    print(`${paint(styles.get(taskId) ?? 'cyan', taskId.padEnd(width))} ${paint('gray', '|')} ${text}`);
  return {
    runChanged: (run) => {
      const reason = runReason(run);
      print(`run #${run.run_id} is ${paintStatus(paint, run.state)}${reason && `: ${reason}`}`);
    },
    taskStarted: ({ task_id, task }) => put(task_id, paint('gray', `started ${task.image}`)),
    taskLine: (taskId, line) => put(taskId, line),
    taskNote: (taskId, note) => put(taskId, paint('yellow', note)),
    taskEnded: (execution) => put(execution.task_id, describeEnd(execution, paint)),
  };
}

function describeEnd(execution: TaskExecution, paint: Paint): string {
  const { status, started, ended } = execution;
  const reason = taskReason(execution);
  const lasted = started > 0 ? ` after ${formatDuration(started, ended, ended)}` : '';
  return `${SYMBOLS[status] ?? '?'} ${paintStatus(paint, status)}${lasted}${reason && `: ${reason}`}`;
}

/** Writes what happens as objects, one for each event. */
export function createJsonReport(write: (value: unknown) => void): RunReport {
  return {
    runChanged: (run) => write({ run }),
    taskStarted: (task_execution) => write({ task_execution }),
    taskLine: (task_id, line) => write({ log: { task_id, line } }),
    taskNote: (task_id, note) => write({ note: { task_id, message: note } }),
    taskEnded: (task_execution) => write({ task_execution }),
  };
}
