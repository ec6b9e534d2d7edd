import type { Config, PipelineMetadata, Run } from '../../sdk/wire.ts';
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
  paint: Paint,
  time: TimeStyle,
): string[] {
  const tasks = Object.values(config.tasks).sort(byParents);
  const options = pipelineOptionLines(config);
  const lastRun = formatTime(runs[0]?.started ?? 0, 'never', time);
  return [
    `[${paint('blue', pipeline_id)}] ${oneLine(config.name)} :: ${paintStatus(paint, state)}`,
    '',
    ...(config.description === '' ? [] : [config.description, '']),
    ...(options.length === 0 ? [] : [`  Limits: ${options.join('; ')}`, '']),
    ...(runs.length === 0 ? [] : ['  Recent Runs', ...recentRuns(runs, paint, time), '']),
    ...(tasks.length === 0 ? [] : ['  Tasks']),
    ...tasks.flatMap((task) => [
      `    • ${task.id}`,
      ...[...dependencyLines(task.depends_on), ...taskOptionLines(task)].map(
        (line) => `        ${paint('gray', line)}`,
      ),
    ]),
    ...(tasks.length === 0 ? [] : ['']),
    `Version ${config.version} (${paintStatus(paint, config.state)}) | Created ${formatTime(created, 'Unknown', time)} | Last Run ${lastRun}`,
  ];
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
