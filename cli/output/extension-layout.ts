import type { Extension, ExtensionParameter } from '../../sdk/wire.ts';
import { type Paint, paintStatus } from './paint.ts';
import { formatColumns, oneLine } from './table.ts';
import { formatTime, type TimeStyle } from './time.ts';

/** The lines of `extension get`. */
export function extensionLayout(extension: Extension, paint: Paint, time: TimeStyle): string[] {
  const { registration, url, started, state, documentation, detail } = extension;
  const { extension_id: id, image, settings, status, additional_roles: roles, created } = registration;
  return [
    `[${paint('blue', id)}] ${image} :: ${paintStatus(paint, status)} :: ${paintStatus(paint, state)}`,
    ...(detail?.message ? ['', `  ${oneLine(detail.message)}`] : []),
    '',
    ...formatColumns([
      ['  Started:', formatTime(started, 'Not yet', time)],
      ['  Installed:', formatTime(created, 'Unknown', time)],
      ['  Endpoint:', url || 'None'],
      ['  Additional Roles:', roles.join(', ') || 'None'],
    ]),
    ...(settings.length === 0 ? [] : ['', '  Settings']),
    ...formatColumns(settings.map(({ key, value }) => [`    ${key}:`, value])),
    ...parameterLines('Config Params', documentation.config_params, paint),
    ...parameterLines('Pipeline Subscription Params', documentation.pipeline_subscription_params, paint),
    ...(documentation.body === '' ? [] : ['', documentation.body.trimEnd()]),
  ];
}

function parameterLines(title: string, parameters: readonly ExtensionParameter[], paint: Paint): string[] {
  const rows = parameters.map(({ key, required, documentation }) => [
    `    ${key}`,
    { text: required ? 'Required' : 'Optional', paint: (text: string) => (required ? paint('yellow', text) : text) },
    documentation,
  ]);
  return ['', `  ${title}`, ...(rows.length === 0 ? ['    None'] : formatColumns(rows, ' :: '))];
}
