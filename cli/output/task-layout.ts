import type { TaskAttempt, TaskCause, TaskExecution } from '../../sdk/wire.ts';
import { dependencyLines, taskActivity, taskReason } from './outcome.ts';
import { type Paint, paintStatus } from './paint.ts';
import { statusCell } from './status-cell.ts';
import { formatColumns } from './table.ts';
import { formatDuration, formatTime, type TimeStyle } from './time.ts';

/** The lines of `task get`. Variables are shown as written: references to secrets stay unresolved. */
export function taskLayout(execution: TaskExecution, paint: Paint, time: TimeStyle): string[] {
  const { task_id, pipeline_id, run_id, task, exit_code, started, ended, state, status, variables, detail } = execution;
  const why = state === 'complete' ? taskReason(execution) : taskActivity(execution);
  const facts = [
    ['Parent Pipeline:', pipeline_id],
    ['Parent Run:', String(run_id)],
    ['Image:', task.image],
    ['Exit Code:', String(exit_code ?? 'None')],
    ['Started:', formatTime(started, 'Not yet', time)],
    ['Duration:', formatDuration(started, ended, time.now)],
    ...(detail?.container_id ? [['Container:', detail.container_id.slice(0, 12)]] : []),
    ...(detail?.image_digest ? [['Image Digest:', detail.image_digest]] : []),
    ...(detail?.cause ? [['Cause:', describeCause(detail.cause)]] : []),
    ...(detail?.attempt !== undefined && detail.attempt > 1 ? [['Attempt:', String(detail.attempt)]] : []),
    ...(detail?.retry_at !== undefined ? [['Next Attempt:', formatTime(detail.retry_at, '', time)]] : []),
    ...(detail?.kept_until !== undefined ? [['Container Removed:', formatTime(detail.kept_until, '', time)]] : []),
    ...(detail?.reused_from !== undefined ? [['Result Of:', `run #${detail.reused_from}`]] : []),
  ];
  const environment = [...variables]
    .sort((one, other) => one.key.localeCompare(other.key))
    .map(({ key, value, source }) => [`    ${key}`, value, source]);
  return [
    `Task ${paint('blue', task_id)} :: ${paintStatus(paint, state)} :: ${paintStatus(paint, status)}`,
    '',
    ...formatColumns(facts.map(([name = '', value = '']) => [`  ${name}`, value])),
    ...dependencyLines(task.depends_on).map((line) => `  Starts ${line}`),
    ...attemptLines(detail?.earlier_attempts ?? [], paint, time),
    ...(why === '' ? [] : ['', `  ${status === 'failed' ? paint('red', `x ${why}`) : why}`]),
    ...(environment.length === 0 ? [] : ['', '  Environment', ...formatColumns(environment)]),
    '',
    `  see its log: gofer task logs ${pipeline_id} ${run_id} ${task_id}`,
  ];
}

function describeCause({ kind, signal, memory, timeout, by }: TaskCause): string {
  const details = [
    ...(signal === undefined ? [] : [`signal ${signal}`]),
    ...(memory === undefined ? [] : [`limit ${memory} bytes`]),
    ...(timeout === undefined ? [] : [`limit ${timeout} s`]),
    ...(by === undefined ? [] : [`by ${by}`]),
  ];
  return [kind.replaceAll('_', ' '), ...details].join(', ');
}

function attemptLines(attempts: readonly TaskAttempt[], paint: Paint, time: TimeStyle): string[] {
  if (attempts.length === 0) return [];
  const rows = attempts.map(({ attempt, status, started, ended, status_reason: reason }) => [
    `    ${attempt}`,
    statusCell(paint, status),
    started === 0 ? 'never started' : `lasted ${formatDuration(started, ended, time.now)}`,
    reason?.description ?? '',
  ]);
  return ['', '  Earlier Attempts', ...formatColumns(rows)];
}
