import type { Subscription } from '../../sdk/wire.ts';
import { type Paint, paintStatus } from './paint.ts';
import { formatColumns, oneLine } from './table.ts';
import { formatTime, type TimeStyle } from './time.ts';

/** The lines of `pipeline subscription get`. */
export function subscriptionLayout(
  { subscription_id, extension_id, pipeline_id, settings, status, status_reason: reason, next = [] }: Subscription,
  paint: Paint,
  time: TimeStyle,
): string[] {
  const parameters = Object.entries(settings).sort(([one], [other]) => one.localeCompare(other));
  return [
    `[${paint('blue', subscription_id)}] Pipeline ${pipeline_id} to Extension ${extension_id} :: ${paintStatus(paint, status)}`,
    ...(reason ? ['', `  ${paint('red', `x ${oneLine(reason.description)}`)}`] : []),
    ...(parameters.length === 0 ? [] : ['', '  Settings']),
    ...formatColumns(parameters.map(([key, value]) => [`    ${key}:`, value])),
    ...(next.length === 0 ? [] : ['', '  Next Runs', ...next.map((when) => `    ${formatTime(when, '', time)}`)]),
  ];
}
