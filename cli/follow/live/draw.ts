import type { Run, TaskExecution } from '../../../sdk/wire.ts';
import { runReason, taskActivity, taskReason, waitingFor } from '../../output/outcome.ts';
import { type Paint, statusStyle } from '../../output/paint.ts';
import { oneLine } from '../../output/table.ts';
import type { TerminalSize } from '../../output/terminal-size.ts';
import { shortDuration } from '../../output/time.ts';
import { renderLine, type Span } from './line.ts';
import { countTasks, pickTasks } from './pick.ts';

/** Everything the picture of a run is made from. */
export interface LiveState {
  readonly run: Run;
  /** Parents before children. */
  readonly executions: readonly TaskExecution[];
  /** The last lines that running tasks have printed, by task. */
  readonly tails: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the user is asked, or told, at the bottom. */
  readonly footer: string;
}

/** The most lines of a log below its task. */
const MAX_TAIL = 6;
const MAX_ID = 32;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const SPIN_MS = 120;

const SYMBOLS: Readonly<Record<string, string>> = {
  successful: '✓',
  failed: '✗',
  cancelled: '■',
  skipped: '–',
  unknown: '?',
};

/** A run as lines that fit into the terminal, with room for the cursor below them. */
export function drawRun(state: LiveState, { columns, rows }: TerminalSize, paint: Paint): string[] {
  const { executions } = state;
  const head = headLines(state);
  const room = Math.max(1, rows - 1 - head.length - 2);
  const fits = executions.length <= room;
  const shown = pickTasks(executions, fits ? room : room - 1);
  const hidden = new Set(executions);
  for (const execution of shown) hidden.delete(execution);
  const more = hidden.size === 0 ? [] : [[[`  … and ${countTasks([...hidden])}`, 'gray'] as const]];
  const lines = [
    ...head,
    ...taskLines(state, shown, room - shown.length - more.length),
    ...more,
    '',
    [[state.footer, 'gray'] as const],
  ];
  const rendered = lines.map((line) => renderLine(typeof line === 'string' ? [line] : line, columns, paint));
  return rendered.slice(0, Math.max(1, rows - 1));
}

/** All tasks of a run that has ended, or those that fit, without what is only of interest while it runs. */
export function drawEnd(state: Omit<LiveState, 'footer' | 'tails'>, size: TerminalSize, paint: Paint): string[] {
  return drawRun({ ...state, tails: new Map(), footer: '' }, size, paint).slice(0, -2);
}

function headLines({ run, executions, now }: LiveState): (readonly Span[])[] {
  const { run_id, pipeline_id, pipeline_config_version: version, state, status, started, ended } = run;
  const word = state === 'complete' ? status : state;
  const done = executions.filter((execution) => execution.state === 'complete').length;
  const why = [runReason(run), waitingFor(run)].filter(Boolean).join('; ');
  return [
    [
      'Run ',
      [`#${run_id}`, 'blue'],
      ' of pipeline ',
      [pipeline_id, 'blue'],
      ` v${version}  `,
      [word, statusStyle(word)],
      `  ${shortDuration((ended || now) - started)}`,
    ],
    ...(why === '' ? [] : [[`  ${why}`]]),
    ...(executions.length === 0 ? [] : [[`  ${done} of ${executions.length} done: ${countTasks(executions)}`]]),
    [],
  ];
}

/** Tasks, and with what room is left the newest lines of the logs of those that run. */
function taskLines({ tails, now }: LiveState, shown: readonly TaskExecution[], room: number): (readonly Span[])[] {
  const width = Math.min(MAX_ID, Math.max(0, ...shown.map(({ task_id }) => task_id.length)));
  const talking = shown.filter((execution) => execution.state === 'running' && tails.has(execution.task_id));
  const each = Math.min(MAX_TAIL, Math.floor(Math.max(0, room) / Math.max(1, talking.length)));
  return shown.flatMap((execution) => {
    const tail = execution.state === 'running' && each > 0 ? (tails.get(execution.task_id) ?? []).slice(-each) : [];
    return [
      taskLine(execution, width, now, each > 0 ? [] : (tails.get(execution.task_id) ?? [])),
      ...tail.map((line): readonly Span[] => [
        ['      │ ', 'gray'],
        [oneLine(line), 'gray'],
      ]),
    ];
  });
}

/** @param said the last lines of its log, if there is no room for them elsewhere */
function taskLine(execution: TaskExecution, width: number, now: number, said: readonly string[]): readonly Span[] {
  const { task_id, state, status, started, ended, detail } = execution;
  const isOver = state === 'complete';
  const began = started || (state === 'processing' && detail?.fetching) || 0;
  const lasted = began > 0 ? shortDuration((ended || now) - began) : '';
  const attempt = detail?.attempt ?? 1;
  const notes = [attempt > 1 ? `attempt ${attempt}` : '', isOver ? taskReason(execution) : activity(execution, said)];
  const note = notes.filter(Boolean).join(', ');
  return [
    '  ',
    [symbolOf(execution, now), statusStyle(isOver ? status : state)],
    ` ${task_id.padEnd(width)}  ${lasted.padStart(7)}`,
    ...(note === '' ? [] : ['  ', [note, isOver && status === 'failed' ? 'red' : 'gray'] as const]),
  ];
}

function activity(execution: TaskExecution, said: readonly string[]): string {
  const { state } = execution;
  if (state === 'processing') return taskActivity(execution) || 'being prepared';
  return taskActivity(execution) || (state === 'running' ? oneLine(said.at(-1) ?? '') : '');
}

function symbolOf({ state, status }: TaskExecution, now: number): string {
  if (state === 'complete') return SYMBOLS[status] ?? '?';
  if (state === 'waiting') return '·';
  return SPINNER[Math.floor(now / SPIN_MS) % SPINNER.length] ?? '⠋';
}
