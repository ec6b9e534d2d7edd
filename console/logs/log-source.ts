import type { TaskRef } from '../../core/ids.ts';
import type { Line, LogBook } from './log-book.ts';

export type LogState = 'loading' | 'following' | 'complete' | 'lost';

const RETRY_MS = 2_000;

/** Reads the log of a task into a book until it is complete or the signal aborts. */
export function followLog(ref: TaskRef, book: LogBook, signal: AbortSignal, onState: (state: LogState) => void): void {
  const place = ['namespaces', ref.namespace, 'pipelines', ref.pipeline, 'runs', ref.run, 'tasks', ref.task, 'logs'];
  const url = new URL(`/api/${place.map(encodeURIComponent).join('/')}`, location.origin.replace(/^http/, 'ws'));
  let rest = '';
  let known = 0;
  const connect = () => {
    let seen = 0;
    const socket = new WebSocket(url);
    const stop = () => socket.close();
    signal.addEventListener('abort', stop);
    socket.addEventListener('open', () => onState('following'));
    socket.addEventListener('message', ({ data }) => {
      rest += String(data);
      if (!rest.endsWith('\n')) return;
      const lines = rest.slice(0, -1).split('\n');
      rest = '';
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
