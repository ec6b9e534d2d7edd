import { type Phase, type PhaseSpan, phasesOf, readyTimes } from '../../sdk/phases.ts';
import type { Run, TaskExecution } from '../../sdk/wire.ts';
import { type Paint, type Style, statusStyle } from './paint.ts';
import { shortDuration } from './time.ts';

/** What a bar is drawn with; what comes after the end of a task is not its time any more. */
const INK: Readonly<Partial<Record<Phase, string>>> = { queue: '·', pull: '░', start: '▒', run: '█' };
const LEGEND = '· waits for its turn   ░ fetches its image   ▒ starts   █ runs';
const MAX_ID = 32;
const MIN_BAR = 10;
const MAX_BAR = 120;

/** How the tasks of a run lie in time, one bar each, in the order in which they began. Empty before the first one. */
export function timelineLines(
  run: Run,
  executions: readonly TaskExecution[],
  columns: number,
  paint: Paint,
  now: number,
): string[] {
  const ready = readyTimes(executions);
  const rows = executions
    .map((execution) => ({ execution, spans: spansOf(execution, ready.get(execution.task_id) ?? 0) }))
    .filter(({ spans }) => spans.length > 0)
    .toSorted((one, other) => beginOf(one.spans) - beginOf(other.spans));
  if (rows.length === 0) return [];
  const from = run.started;
  const to = Math.max(run.ended || now, from + 1);
  const idWidth = Math.min(MAX_ID, Math.max(...rows.map(({ execution }) => execution.task_id.length)));
  const barWidth = Math.min(MAX_BAR, Math.max(MIN_BAR, columns - idWidth - 16));
  const scale = (time: number): number => Math.min(barWidth, ((time - from) / (to - from)) * barWidth);
  const end = shortDuration(to - from);
  return [
    `    ${' '.repeat(idWidth)}  ${paint('gray', `0s${end.padStart(barWidth - 2)}`)}`,
    ...rows.map(({ execution, spans }) => {
      const bar = drawBar(spans, execution, barWidth, (time) => scale(time || to), paint);
      const { started, ended } = execution;
      const ran = started === 0 ? '' : shortDuration((ended || now) - started);
      return `    ${execution.task_id.padEnd(idWidth)}  ${bar}  ${ran}`.trimEnd();
    }),
    `    ${paint('gray', LEGEND)}`,
  ];
}

function spansOf(execution: TaskExecution, ready: number): readonly PhaseSpan[] {
  return phasesOf(execution, ready).filter(({ phase }) => INK[phase] !== undefined);
}

function beginOf([first]: readonly PhaseSpan[]): number {
  return first?.from ?? 0;
}

/** Of what shares a column, the later shows; whatever ran has one at least. */
function drawBar(
  spans: readonly PhaseSpan[],
  { state, status }: TaskExecution,
  width: number,
  scale: (time: number) => number,
  paint: Paint,
): string {
  const cells = Array.from({ length: width }, (): { ink: string; style: Style } => ({ ink: ' ', style: 'gray' }));
  for (const { phase, from, to, endedAs } of spans) {
    const ran = endedAs ?? (state === 'complete' ? status : state);
    const first = Math.max(0, Math.min(width - 1, Math.floor(scale(from))));
    const last = Math.max(first + (phase === 'run' ? 1 : 0), Math.ceil(scale(to)));
    cells.fill({ ink: INK[phase] ?? ' ', style: phase === 'run' ? statusStyle(ran) : 'gray' }, first, last);
  }
  return inRuns(cells)
    .map(({ ink, style, count }) => (ink === ' ' ? ink.repeat(count) : paint(style, ink.repeat(count))))
    .join('');
}

/** Equal neighbours together, so that a bar is not a colour per letter. */
function inRuns(cells: readonly { readonly ink: string; readonly style: Style }[]) {
  const runs: { readonly ink: string; readonly style: Style; count: number }[] = [];
  for (const cell of cells) {
    const last = runs.at(-1);
    if (last && last.ink === cell.ink && last.style === cell.style) last.count += 1;
    else runs.push({ ...cell, count: 1 });
  }
  return runs;
}
