import type { Config, PipelineMetadata, Run, Subscription, Task } from '../../sdk/wire.ts';
import { pipelineOptionLines, taskOptionLines } from './options.ts';
import { byParents, dependencyLines } from './outcome.ts';
import { type Paint, paintStatus } from './paint.ts';
import { statusCell } from './status-cell.ts';
import { type Cell, formatColumns, oneLine } from './table.ts';
import { formatDuration, formatTime, type TimeStyle } from './time.ts';

/** The lines of `pipeline get`. Sections without content are left out. */
export function pipelineLayout(
  { pipeline_id, state, created }: PipelineMetadata,
  config: Config,
  runs: readonly Run[],
  subscriptions: readonly Subscription[],
  paint: Paint,
  time: TimeStyle,
): string[] {
  const tasks = taskSection(Object.values(config.tasks), paint);
  const options = pipelineOptionLines(config);
  const lastRun = formatTime(runs[0]?.started ?? 0, 'never', time);
  return [
    `[${paint('blue', pipeline_id)}] ${oneLine(config.name)} :: ${paintStatus(paint, state)}`,
    '',
    ...(config.description === '' ? [] : [config.description, '']),
    ...(options.length === 0 ? [] : [`  Limits: ${options.join('; ')}`, '']),
    ...(runs.length === 0 ? [] : ['  Recent Runs', ...recentRuns(runs, paint, time), '']),
    ...(tasks.length === 0 ? [] : [...tasks, '']),
    ...(subscriptions.length === 0 ? [] : ['  Extension Subscriptions', ...subscriptionRows(subscriptions, paint), '']),
    `Version ${config.version} (${paintStatus(paint, config.state)}) | Created ${formatTime(created, 'Unknown', time)} | Last Run ${lastRun}`,
  ];
}

/** The tasks, those with few parents first, and below each what it waits for and what limits it. */
export function taskSection(tasks: readonly Task[], paint: Paint): string[] {
  const lines = [...tasks]
    .sort(byParents)
    .flatMap((task) => [
      `    • ${task.id}`,
      ...[...dependencyLines(task.depends_on), ...taskOptionLines(task)].map(
        (line) => `        ${paint('gray', line)}`,
      ),
    ]);
  return lines.length === 0 ? [] : ['  Tasks', ...lines];
}

function subscriptionRows(subscriptions: readonly Subscription[], paint: Paint): string[] {
  const sorted = [...subscriptions].sort((one, other) => one.extension_id.localeCompare(other.extension_id));
  return formatColumns(
    sorted.map(({ subscription_id, extension_id, status }): Cell[] => [
      `    ${status === 'active' ? '✓' : '-'} ${subscription_id}`,
      extension_id,
      statusCell(paint, status),
    ]),
  );
}

function recentRuns(runs: readonly Run[], paint: Paint, time: TimeStyle): string[] {
  const rows = runs.map((run): Cell[] => [
    `    ${run.run_id}:`,
    `${formatTime(run.started, 'Unknown', time)} by ${run.initiator.user}`,
    `${run.ended === 0 ? 'Running for' : 'Lasted'} ${formatDuration(run.started, run.ended, time.now)}`,
    statusCell(paint, run.state),
    statusCell(paint, run.status),
  ]);
  return formatColumns(rows);
}
