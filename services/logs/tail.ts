import type { LogLine } from '../../backends/logs/contract.ts';
import type { TaskRef } from '../../core/ids.ts';
import { findTailStart, findTaskLogs } from '../../store/logs.ts';
import { formatPosition, placesAt } from './places.ts';
import { readLogs, type ReaderDependencies } from './reader.ts';

/** See `LogStore.tail`. */
export async function readTail(
  deps: ReaderDependencies,
  task: TaskRef,
  lines: number,
  only?: number,
): Promise<readonly LogLine[]> {
  const { logs } = await findTaskLogs(deps.db, task);
  const log = only === undefined ? logs.at(-1) : logs.find(({ attempt }) => attempt === only);
  if (!log || lines === 0) return [];
  const { attempt } = log;
  const from = formatPosition(attempt, placesAt(await findTailStart(deps.db, log.id, lines)));
  let last: LogLine[] = [];
  for await (const more of readLogs(deps, task, {
    attempt,
    from,
    follow: false,
    signal: new AbortController().signal,
  })) {
    last = [...last, ...more].slice(-lines);
  }
  return last;
}
