import type { Config } from '../../sdk/wire.ts';
import { pipelineOptionLines } from './options.ts';
import { type Paint, paintStatus } from './paint.ts';
import { taskSection } from './pipeline-layout.ts';
import { formatColumns, oneLine } from './table.ts';
import { formatTime, type TimeStyle } from './time.ts';

/** The lines of `pipeline config get`. */
export function configLayout(config: Config, paint: Paint, time: TimeStyle): string[] {
  const { pipeline_id, name, description, version, state, registered, deprecated, tasks } = config;
  const options = pipelineOptionLines(config);
  return [
    `[${paint('blue', pipeline_id)}] ${oneLine(name)} :: ${paintStatus(paint, state)}`,
    '',
    ...(description === '' ? [] : [description, '']),
    ...formatColumns([
      ['  Version:', String(version)],
      ['  Limits:', options.length === 0 ? 'None' : options.join('; ')],
      ['  Registered:', formatTime(registered, 'Unknown', time)],
      ['  Deprecated:', formatTime(deprecated, 'Never', time)],
    ]),
    '',
    ...taskSection(Object.values(tasks), paint),
  ];
}
