import { StreamClosedError } from '../../sdk/client.ts';
import { linesOf } from './lines.ts';

/** Prints a log; a task that has none, because it expired or there was no container, is passed over. */
export async function printLogs(pieces: AsyncIterable<string>, print: (line: string) => void): Promise<void> {
  try {
    for await (const line of linesOf(pieces)) print(line);
  } catch (error) {
    if (!(error instanceof StreamClosedError) || (error.code !== 1001 && error.code !== 1008)) throw error;
  }
}
