import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Colours text, or leaves it alone. */
export function createPaint(enabled: boolean): Paint {
  return (style, text) => (enabled ? styleText(style, text, { validateStream: false }) : text);
}

export interface ColourQuestion {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  /** The flag `--no-color`. */
  readonly refused: boolean;
}

/** Colours are for terminals; `NO_COLOR` and `FORCE_COLOR` overrule that, the flag overrules both. */
export function wantsColour({ env, isTerminal, refused }: ColourQuestion): boolean {
  if (refused || env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}

const STATUS_STYLES: Readonly<Record<string, Style>> = {
  active: 'green',
  enabled: 'green',
  true: 'green',
  complete: 'green',
  successful: 'green',
  live: 'green',
  disabled: 'yellow',
  pending: 'yellow',
  running: 'yellow',
  processing: 'yellow',
  unreleased: 'yellow',
  failed: 'red',
  error: 'red',
  exited: 'red',
  false: 'red',
  deprecated: 'red',
  cancelled: 'gray',
  skipped: 'gray',
  waiting: 'gray',
};

/** Colours a state or status by what it means. */
export function paintStatus(paint: Paint, status: string): string {
  const style = STATUS_STYLES[status.toLowerCase()];
  return style ? paint(style, status) : status;
}

/** For those who paint later. */
export function statusStyle(status: string): Style {
  return STATUS_STYLES[status] ?? 'reset';
}

const TASK_STYLES: readonly Style[] = ['cyan', 'magenta', 'blue', 'yellow', 'green', 'cyanBright', 'magentaBright'];

/** The colour of the nth task where several tasks' lines are mixed. */
export function taskStyle(index: number): Style {
  return TASK_STYLES[index % TASK_STYLES.length] ?? 'cyan';
}
