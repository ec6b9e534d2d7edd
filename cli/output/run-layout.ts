import type { Run, TaskExecution } from '../../sdk/wire.ts';
import { byParents, dependencyLines, runReason, taskActivity, taskReason, waitingFor } from './outcome.ts';
import { type Paint, paintStatus } from './paint.ts';
import { statusCell } from './status-cell.ts';
import { type Cell, formatColumns, oneLine } from './table.ts';
import { formatDuration, formatTime, type TimeStyle } from './time.ts';

/** The lines of `run get`: what the run is, why it ended so, and each task with what it had to wait for. */
export function runLayout(run: Run, executions: readonly TaskExecution[], paint: Paint, time: TimeStyle): string[] {
  const reason = runReason(run);
  const waiting = waitingFor(run);
  const failed = run.status === 'failed' || run.status === 'cancelled';
  return [
    `Run ${paint('blue', `#${run.run_id}`)} for Pipeline ${paint('blue', run.pipeline_id)} (v${run.pipeline_config_version}) :: ${paintStatus(paint, run.state)} :: ${paintStatus(paint, run.status)}`,
    '',
    `  Initiated by ${oneLine(run.initiator.user)} ${formatTime(run.started, 'at an unknown time', time)}; ${lasting(run, time)}`,
    ...originLines(run),
    ...(reason === '' ? [] : ['', `  ${failed ? paint('red', `x ${reason}`) : reason}`]),
    ...(waiting === '' ? [] : [`  Limit: ${waiting}`]),
    ...(executions.length === 0 ? [] : ['', '  Task Executions', ...taskLines(executions, paint, time)]),
    '',
    `  Objects Expired: ${run.store_objects_expired}`,
    ...(run.token_id ? [`  Injected Token ID: ${run.token_id}`] : []),
    ...(run.detail?.workflow_id ? [`  Workflow: ${run.detail.workflow_id}`] : []),
  ];
}

function originLines({ detail }: Run): string[] {
  if (detail?.rerun_of === undefined) return [];
  return [`  Repeats #${detail.rerun_of}${detail.reuse ? ', and keeps what was successful there' : ''}`];
}

function lasting({ state, started, ended }: Run, { now }: TimeStyle): string {
  const duration = formatDuration(started, ended, now);
  if (state === 'complete') return `lasted ${duration}`;
  return state === 'pending' ? `waiting for ${duration}` : `running for ${duration}`;
}

function taskLines(executions: readonly TaskExecution[], paint: Paint, time: TimeStyle): string[] {
  const sorted = [...executions].sort((one, other) => byParents(one.task, other.task));
  const rows = sorted.map((execution): Cell[] => [
    `    • ${execution.task_id}`,
    execution.started === 0 ? 'Not started' : `Started ${formatTime(execution.started, '', time)}`,
    taskLasting(execution, time),
    statusCell(paint, execution.state),
    statusCell(paint, execution.status),
  ]);
  const columns = formatColumns(rows, ' : ');
  return sorted.flatMap((execution, index) => {
    const why = execution.state === 'complete' ? taskReason(execution) : taskActivity(execution);
    const below = [
      ...dependencyLines(execution.task.depends_on),
      ...historyLines(execution),
      ...(why === '' ? [] : [why]),
    ];
    return [columns[index] ?? '', ...below.map((line) => `        ${paint('gray', line)}`)];
  });
}

/** What a single line cannot say of how it came about. */
function historyLines({ detail }: TaskExecution): string[] {
  if (detail?.reused_from !== undefined) return [`result of run #${detail.reused_from}`];
  const earlier = (detail?.earlier_attempts ?? []).map(({ attempt, status, status_reason: reason, started, ended }) => {
    const lasted = started > 0 ? ` after ${formatDuration(started, ended, ended)}` : '';
    return `attempt ${attempt} ${status}${lasted}${reason?.description ? `: ${oneLine(reason.description)}` : ''}`;
  });
  return earlier.length > 0 ? [...earlier, `attempt ${detail?.attempt ?? earlier.length + 1}`] : [];
}

function taskLasting({ state, created, started, ended }: TaskExecution, { now }: TimeStyle): string {
  if (state === 'complete') return `Lasted ${formatDuration(started, ended, now)}`;
  return started === 0
    ? `Waiting for ${formatDuration(created, 0, now)}`
    : `Running for ${formatDuration(started, 0, now)}`;
}
