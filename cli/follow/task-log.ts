import type { TaskRef } from '../../core/ids.ts';
import { type GoferClient, StreamClosedError } from '../../sdk/client.ts';
import { linesOf } from './lines.ts';
import { Patience } from './patience.ts';

/** The server's way to say that there is no log: a task without a container, or an expired log. */
const NO_LOG_CODES: ReadonlySet<number> = new Set([1001, 1008]);

/**
 * The lines of a task's log until the task has ended; none if there is no log. A restart of the server is survived: the
 * log is read again and the lines already given are passed over.
 */
export async function* taskLog(
  gofer: GoferClient,
  ref: TaskRef,
  signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const patience = new Patience(signal);
  for (let given = 0; ;) {
    let place = 0;
    try {
      for await (const line of linesOf(gofer.followLogs(ref, { ...(signal && { signal }) }))) {
        place += 1;
        if (place <= given) continue;
        given = place;
        patience.reset();
        yield line;
      }
      return;
    } catch (error) {
      if (error instanceof StreamClosedError && NO_LOG_CODES.has(error.code)) return;
      await patience.waitAfter(error);
    }
  }
}
