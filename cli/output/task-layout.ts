import type { TaskExecution } from '../../sdk/wire.ts';
import { dependencyLines, taskActivity, taskReason } from './outcome.ts';
import { type Paint, paintStatus } from './paint.ts';
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
    ...(detail?.attempt !== undefined && detail.attempt > 1 ? [['Attempt:', String(detail.attempt)]] : []),
  ];
  const environment = [...variables]
    .sort((one, other) => one.key.localeCompare(other.key))
    .map(({ key, value, source }) => [`    ${key}`, value, source]);
  return [
    `Task ${paint('blue', task_id)} :: ${paintStatus(paint, state)} :: ${paintStatus(paint, status)}`,
    '',
    ...formatColumns(facts.map(([name = '', value = '']) => [`  ${name}`, value])),
    ...dependencyLines(task.depends_on).map((line) => `  Starts ${line}`),
    ...(why === '' ? [] : ['', `  ${status === 'failed' ? paint('red', `x ${why}`) : why}`]),
    ...(environment.length === 0 ? [] : ['', '  Environment', ...formatColumns(environment)]),
    '',
    `  see its log: gofer task logs ${pipeline_id} ${run_id} ${task_id}`,
  ];
}
