import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useMemo, useRef } from 'react';
import { readyTimes } from '../../sdk/phases.ts';
import type { Run, TaskExecution } from '../../sdk/wire.ts';
import { StatusIcon } from '../ui/status.tsx';
import { toneOfTask } from '../ui/tones.ts';
import { formatDuration, useNow } from '../ui/time.tsx';
import { PHASE_WORDS, type Span, spansOf } from './phases.ts';

const ROW_HEIGHT = 26;
const MOST_TICKS = 6;
const STEPS_MS = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  10_800_000, 43_200_000, 86_400_000,
];

interface TimelineProps {
  readonly run: Run;
  readonly executions: readonly TaskExecution[];
  readonly selected: string | undefined;
  readonly search: string;
  readonly onSelect: (task: string) => void;
}

/** Each task as a line in time, in the order in which they began. */
export function Timeline({ run, executions, selected, search, onSelect }: TimelineProps) {
  const now = useNow(run.ended === 0);
  const from = run.started;
  const to = Math.max(run.ended || now, from + 500);
  const rows = useMemo(
    () => executions.filter(({ task_id }) => task_id.includes(search)).toSorted(byBeginning),
    [executions, search],
  );
  const ready = useMemo(() => readyTimes(executions), [executions]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  return (
    <div className="timeline" ref={scroller} tabIndex={0} role="group" aria-label="Timeline of the tasks">
      <Scale length={to - from} />
      <ul className="timeline-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const execution = rows[index];
          return (
            execution && (
              <li key={execution.task_id} style={{ transform: `translateY(${start}px)` }}>
                <Row
                  execution={execution}
                  ready={ready.get(execution.task_id) ?? 0}
                  from={from}
                  to={to}
                  selected={execution.task_id === selected}
                  onSelect={onSelect}
                />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

function byBeginning(a: TaskExecution, b: TaskExecution): number {
  return (
    (a.started || Infinity) - (b.started || Infinity) ||
    (a.ended || Infinity) - (b.ended || Infinity) ||
    (a.task_id < b.task_id ? -1 : 1)
  );
}

/** The times along the top. */
function Scale({ length }: { readonly length: number }) {
  const step = STEPS_MS.find((each) => length / each <= MOST_TICKS) ?? 86_400_000;
  const ticks = Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
  return (
    <div className="timeline-scale" aria-hidden="true">
      <div className="timeline-track">
        {ticks.map((at) => (
          <span key={at} style={{ left: `${(at / length) * 100}%` }}>
            {at === 0 ? '0' : formatDuration(at)}
          </span>
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly execution: TaskExecution;
  readonly ready: number;
  readonly from: number;
  readonly to: number;
  readonly selected: boolean;
  readonly onSelect: (task: string) => void;
}

const Row = memo(function Row({ execution, ready, from, to, selected, onSelect }: RowProps) {
  const { task_id: task } = execution;
  return (
    <button
      type="button"
      className={selected ? 'timeline-row timeline-row-here' : 'timeline-row'}
      aria-pressed={selected}
      onClick={() => onSelect(task)}
    >
      <span className="timeline-name">
        <StatusIcon tone={toneOfTask(execution)} />
        <span>{task}</span>
      </span>
      <span className="timeline-track">
        {spansOf(execution, ready).map((span) => (
          <SpanBar key={`${span.phase}${span.from}`} span={span} from={from} to={to} />
        ))}
      </span>
    </button>
  );
});

function SpanBar({ span, from, to }: { readonly span: Span; readonly from: number; readonly to: number }) {
  const end = span.to || to;
  const left = ((span.from - from) / (to - from)) * 100;
  const width = ((end - span.from) / (to - from)) * 100;
  return (
    <span
      className={`span span-${span.phase} ended-${span.tone}`}
      style={{ left: `${Math.max(0, left)}%`, width: `max(3px, ${Math.max(0, width)}%)` }}
      title={`${PHASE_WORDS[span.phase]} ${formatDuration(end - span.from)}`}
    />
  );
}
