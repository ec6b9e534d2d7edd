import type { TaskRef } from '../../core/ids.ts';
import type { Line, LogBook } from './log-book.ts';

export type LogState = 'loading' | 'following' | 'complete' | 'lost';

/** A log that can be read into a book. */
export interface LogSource {
  /** Another one for every other log. */
  readonly key: string;
  /** Of the file to download. */
  readonly name: string;
  /** Reads until the log is complete or the signal aborts. */
  readonly follow: (book: LogBook, signal: AbortSignal, onState: (state: LogState) => void) => void;
}

/** What a task prints. */
export function taskLog({ namespace, pipeline, run, task }: TaskRef): LogSource {
  const place = ['namespaces', namespace, 'pipelines', pipeline, 'runs', run, 'tasks', task, 'logs'];
  return {
    key: place.join('/'),
    name: `${pipeline}-${run}-${task}`,
    follow: (book, signal, onState) => followText(place, book, signal, onState),
  };
}

/** What an extension has printed since it started. */
export function extensionLog(id: string): LogSource {
  const place = ['extensions', id, 'logs'];
  return {
    key: place.join('/'),
    name: id,
    follow: (book, signal, onState) => followText(place, book, signal, onState),
  };
}

const RETRY_MS = 2_000;

/** Reads text frames, and after a lost connection leaves out what was read already. */
function followText(
  place: readonly (string | number)[],
  book: LogBook,
  signal: AbortSignal,
  onState: (state: LogState) => void,
): void {
  const url = new URL(`/api/${place.map(encodeURIComponent).join('/')}`, location.origin.replace(/^http/, 'ws'));
  let rest = '';
  let known = 0;
  const connect = () => {
    let seen = 0;
    rest = '';
    const socket = new WebSocket(url);
    const stop = () => socket.close();
    signal.addEventListener('abort', stop);
    socket.addEventListener('open', () => onState('following'));
    socket.addEventListener('message', ({ data }) => {
      const lines = (rest + String(data)).split('\n');
      rest = lines.pop() ?? '';
      const fresh = lines.slice(Math.max(0, known - seen));
      seen += lines.length;
      known = Math.max(known, seen);
      book.append(fresh.map((text): Line => ({ text, at: 0 })));
    });
    socket.addEventListener('close', ({ code }) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return;
      if (code === 1000) onState('complete');
      else if (code === 1001 || code === 1008) onState('lost');
      else setTimeout(connect, RETRY_MS);
    });
  };
  onState('loading');
  connect();
}
