import type { LogLine, ReadOptions } from '../../backends/logs/contract.ts';
import { LOG_DISORDER_MS } from '../../backends/scheduler/contract.ts';
import { invalid } from '../../core/errors.ts';
import { taskKey, type TaskRef } from '../../core/ids.ts';
import type { Database } from '../../store/client.ts';
import { findSegmentBefore, findTaskLogs, listSegments, type LogState, type TaskLogs } from '../../store/logs.ts';
import { LineReader } from './line-reader.ts';
import { BEGINNING, parsePosition, placesAt, type Places } from './places.ts';
import { contentOf, type SegmentDependencies } from './segments.ts';
import type { LogWakes } from './wakes.ts';

/** How often a reader looks without being told, in milliseconds: notifications get lost with their connection. */
const RECHECK_MS = 1000;

export interface ReaderDependencies extends SegmentDependencies {
  readonly wakes: LogWakes;
}

/** See `LogStore.read`. */
export async function* readLogs(
  deps: ReaderDependencies,
  task: TaskRef,
  options: ReadOptions,
): AsyncGenerator<readonly LogLine[]> {
  const isWanted = filterOf(options);
  for await (const lines of readAllLines(deps, task, options)) {
    const wanted = isWanted ? lines.filter(isWanted) : lines;
    if (wanted.length > 0) yield wanted;
  }
}

/** Undefined for all lines. */
function filterOf({ since }: ReadOptions): ((line: LogLine) => boolean) | undefined {
  if (!since) return undefined;
  // Both to the millisecond, so that they compare as texts.
  const least = since.toISOString().slice(0, -1);
  return ({ timestamp }) => timestamp.slice(0, least.length) >= least;
}

async function* readAllLines(
  deps: ReaderDependencies,
  task: TaskRef,
  options: ReadOptions,
): AsyncGenerator<readonly LogLine[]> {
  const { follow, signal } = options;
  const chapters = new Chapters(options);
  const alarm = deps.wakes.listen(taskKey(task), signal);
  let reading: { readonly id: bigint; readonly lines: LineReader } | undefined;
  try {
    while (!signal.aborted) {
      const found = await findTaskLogs(deps.db, task);
      const log = chapters.current(found);
      if (log === 'none' || (!log && !follow)) return;
      if (log) {
        reading ??= { id: log.id, lines: new LineReader(log.attempt, await beginning(deps.db, log, options)) };
        // It was removed, and perhaps another one has its place.
        if (log.id !== reading.id) return;
        yield* readSegments(deps, log, reading.lines, signal);
        if (signal.aborted) return;
        if (log.complete) yield reading.lines.rest();
        if (log.complete || !follow) {
          reading = undefined;
          chapters.turn(log);
          continue;
        }
      }
      await alarm.next(RECHECK_MS);
    }
  } finally {
    alarm.close();
  }
}

/** Which attempt's log is to be read: the one asked for, or one after the other. */
class Chapters {
  readonly #only: number | undefined;
  #least: number;

  constructor({ attempt, from }: ReadOptions) {
    const begun = from === undefined ? undefined : parsePosition(from).attempt;
    if (begun !== undefined && attempt !== undefined && begun !== attempt) {
      throw invalid('there is no such place in this log', [
        { path: 'query.from', value: from, message: `must be a position in attempt ${attempt}` },
      ]);
    }
    this.#only = attempt;
    this.#least = begun ?? attempt ?? 1;
  }

  /** Undefined if the log may still come, `none` if it will not. */
  current({ logs, over }: TaskLogs): LogState | 'none' | undefined {
    if (this.#only !== undefined && this.#only < this.#least) return 'none';
    const log = logs.find(({ attempt }) => attempt >= this.#least);
    if (!log) return over ? 'none' : undefined;
    return this.#only === undefined || this.#only === log.attempt ? log : 'none';
  }

  /** Done with this log. */
  turn({ attempt }: LogState): void {
    this.#least = attempt + 1;
  }
}

async function beginning(db: Database, log: LogState, { from, since }: ReadOptions): Promise<Places> {
  const begun = from === undefined ? undefined : parsePosition(from);
  if (begun?.attempt === log.attempt) return begun.places;
  if (since === undefined) return BEGINNING;
  return placesAt(await findSegmentBefore(db, log.id, new Date(since.getTime() - LOG_DISORDER_MS)));
}

/** Reads what is there. Ends early if the log is removed meanwhile. */
async function* readSegments(
  deps: ReaderDependencies,
  log: LogState,
  lines: LineReader,
  signal: AbortSignal,
): AsyncGenerator<readonly LogLine[]> {
  while (lines.offset < log.bytes) {
    const segments = await listSegments(deps.db, log.id, lines.offset);
    if (segments.length === 0) return;
    for (const segment of segments) {
      for await (const bytes of contentOf(deps, segment, lines.offset - segment.start)) {
        if (signal.aborted) return;
        yield lines.push(bytes);
      }
      if (lines.offset < segment.start + segment.length) return;
    }
  }
}
