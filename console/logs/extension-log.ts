import type { LogBook } from './log-book.ts';
import { type LogSource, type LogState, RETRY_MS, socketUrl } from './log-source.ts';

/** What an extension has printed since it started. */
export function extensionLog(id: string): LogSource {
  const url = socketUrl(`/api/extensions/${encodeURIComponent(id)}/logs`);
  return { name: id, follow: (book, signal, onState) => followText(url, book, signal, onState) };
}

/** Reads text frames, and after a lost connection leaves out what was read already. */
function followText(url: URL, book: LogBook, signal: AbortSignal, onState: (state: LogState) => void): void {
  let known = 0;
  const connect = () => {
    let seen = 0;
    let rest = '';
    const socket = new WebSocket(url);
    const stop = () => socket.close();
    signal.addEventListener('abort', stop);
    socket.addEventListener('open', () => onState('following'));
    socket.addEventListener('message', ({ data }) => {
      const lines = (rest + String(data)).split('\n');
      rest = lines.pop() ?? '';
      book.append(lines.slice(Math.max(0, known - seen)).map((text) => ({ text, at: 0 })));
      seen += lines.length;
      known = Math.max(known, seen);
    });
    socket.addEventListener('close', ({ code }) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return;
      if (code === 1000 && rest !== '') book.append([{ text: rest, at: 0 }]);
      if (code === 1000) onState('complete');
      else if (code === 1007) onState('lost');
      else setTimeout(connect, RETRY_MS);
    });
  };
  onState('loading');
  connect();
}
