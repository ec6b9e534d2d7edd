import type { TaskRef } from '../../core/ids.ts';
import { ApiError } from '../../sdk/errors.ts';
import { answer } from '../../sdk/resources.ts';
import type { LogLine } from '../../sdk/wire.ts';
import { api } from '../data/client.ts';
import type { Line } from './log-book.ts';
import { type LogSource, RETRY_MS, socketUrl } from './log-source.ts';

const LOG = '/api/namespaces/{namespace_id}/pipelines/{pipeline_id}/runs/{run_id}/tasks/{task_id}/log';
/** The most that the API returns at once. */
const PAGE = 10_000;

/** What a task prints, in all its attempts. */
export function taskLog(ref: TaskRef): LogSource {
  return {
    name: `${ref.pipeline}-${ref.run}-${ref.task}`,
    download: `${pathOf(ref)}/log/text`,
    follow: (book, signal, onState) => {
      onState('loading');
      void readTask(
        ref,
        signal,
        (lines) => book.append(lines),
        () => onState('following'),
      ).then((end) => {
        if (!signal.aborted) onState(end);
      });
    },
  };
}

/**
 * Reads the log of a task: what there is page by page, then what comes over a web socket, which goes on behind the last line
 * if it is cut off.
 *
 * @param onCaughtUp called when all that there is has been read, and more may come
 */
export async function readTask(
  ref: TaskRef,
  signal: AbortSignal,
  onLines: (lines: readonly Line[]) => void,
  onCaughtUp: () => void,
): Promise<'complete' | 'lost'> {
  const toLines = lineMaker();
  let from: string | undefined;
  while (!signal.aborted) {
    try {
      const page = await readPage(ref, from, signal);
      onLines(page.lines.flatMap(toLines));
      from = page.next ?? from;
      if (page.finished) return 'complete';
      if (page.lines.length > 0) continue;
      onCaughtUp();
      const end = await follow(ref, from, signal, (line) => {
        from = line.position;
        onLines(toLines(line));
      });
      if (end !== 'cut') return end;
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return 'lost';
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return 'complete';
}

function readPage(ref: TaskRef, from: string | undefined, signal: AbortSignal) {
  const path = { namespace_id: ref.namespace, pipeline_id: ref.pipeline, run_id: ref.run, task_id: ref.task };
  const query = { limit: PAGE, ...(from !== undefined && { from }) };
  return answer(api.GET(LOG, { params: { path, query }, signal }));
}

/** Follows a log from a position on. Resolves with how it ended, `cut` if it did not. */
function follow(
  ref: TaskRef,
  from: string | undefined,
  signal: AbortSignal,
  onLine: (line: LogLine) => void,
): Promise<'complete' | 'lost' | 'cut'> {
  const url = socketUrl(`${pathOf(ref)}/logs?format=json`);
  if (from !== undefined) url.searchParams.set('from', from);
  const socket = new WebSocket(url);
  signal.addEventListener('abort', () => socket.close(), { once: true });
  socket.addEventListener('message', ({ data }) => onLine(JSON.parse(String(data)) as LogLine));
  return new Promise((resolve) => {
    socket.addEventListener('close', ({ code }) => {
      const ends: Readonly<Record<number, 'complete' | 'lost'>> = { 1000: 'complete', 1001: 'lost', 1008: 'lost' };
      resolve(ends[code] ?? 'cut');
    });
  });
}

/** Makes lines to show of lines of the API, with a line between two attempts. */
function lineMaker(): (line: LogLine) => Line[] {
  let attempt = 1;
  return (line) => {
    const at = Date.parse(line.timestamp) || 0;
    const shown: Line = { text: line.text, at, error: line.stream === 'stderr' };
    if (line.attempt === attempt) return [shown];
    attempt = line.attempt;
    return [{ text: `\u001B[2m── attempt ${attempt} ──\u001B[0m`, at }, shown];
  };
}

function pathOf(ref: TaskRef): string {
  const place = ['namespaces', ref.namespace, 'pipelines', ref.pipeline, 'runs', ref.run, 'tasks', ref.task];
  return `/api/${place.map(encodeURIComponent).join('/')}`;
}
