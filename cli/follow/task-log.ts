import type { TaskRef } from '../../core/ids.ts';
import { type GoferClient, type LogStart, StreamClosedError, type StreamOptions } from '../../sdk/client.ts';
import type { LogLine } from '../../sdk/wire.ts';
import { Patience } from '../../sdk/patience.ts';
import { wholeLines } from './whole-lines.ts';

/** The server's way to say that there is no log: a task without a container, or an expired log. */
const NO_LOG_CODES: ReadonlySet<number> = new Set([1001, 1008]);

/**
 * The lines of a task's log until the task has ended; none if there is no log. A restart of the server is survived: the
 * log is read on behind the last line that came.
 */
export function taskLog(
  gofer: GoferClient,
  ref: TaskRef,
  options: StreamOptions & LogStart = {},
): AsyncGenerator<LogLine, void, undefined> {
  return wholeLines(piecesOf(gofer, ref, options));
}

/** The last lines of a task's newest attempt so far, and then all that come. */
export async function* lastLinesOn(
  gofer: GoferClient,
  ref: TaskRef,
  count: number,
  options: StreamOptions & LogStart = {},
): AsyncGenerator<LogLine, void, undefined> {
  const { lines, next } = await gofer.tasks.logTail(ref, count, options.attempt);
  yield* lines;
  yield* taskLog(gofer, ref, { ...options, ...(next !== undefined && { from: next }) });
}

async function* piecesOf(
  gofer: GoferClient,
  ref: TaskRef,
  { from: start, ...options }: StreamOptions & LogStart,
): AsyncGenerator<LogLine, void, undefined> {
  const patience = new Patience(options.signal);
  for (let from = start; ;) {
    try {
      for await (const piece of gofer.followLogLines(ref, { ...options, ...(from !== undefined && { from }) })) {
        from = piece.position;
        patience.reset();
        yield piece;
      }
      return;
    } catch (error) {
      if (error instanceof StreamClosedError && NO_LOG_CODES.has(error.code)) return;
      await patience.waitAfter(error);
    }
  }
}
