import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { invalid } from '../../core/errors.ts';
import { isUuid } from '../../store/client.ts';
import { CloseCode, type TextSocket } from './text-socket.ts';

const COMMENT_INTERVAL_MS = 30_000;

/**
 * What a stream handler sees of a client that asked for server-sent events. Each text is one event; the end of the stream
 * is an event of the type `close` with code and reason as JSON, since HTTP has no place for them.
 *
 * @throws GoferError `invalid` if the client names a last event that cannot be one
 */
export function eventStreamText(response: ServerResponse): TextSocket {
  const gone = new AbortController();
  const lastId = readLastId(response.req);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const comments = setInterval(() => response.write(':\n\n'), COMMENT_INTERVAL_MS).unref();
  response.once('close', () => {
    clearInterval(comments);
    gone.abort();
  });
  return {
    signal: gone.signal,
    ...(lastId !== undefined && { lastId }),
    async send(text, id) {
      if (response.writableEnded || response.destroyed) return;
      const lines = text.split('\n').map((line) => `data: ${line}\n`);
      if (response.write(`${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`)) return;
      await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
    },
    close(code, reason = '') {
      if (response.writableEnded) return;
      const failed = code !== CloseCode.Complete;
      response.end(`event: close\ndata: ${JSON.stringify({ code, ...(failed && { reason }) })}\n\n`);
    },
  };
}

/** An empty header is how clients say that there is none. */
function readLastId({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']?.toString();
  if (!id) return undefined;
  if (isUuid(id)) return id;
  throw invalid('the headers are not valid', [{ path: 'header.last-event-id', value: id, message: 'must be a UUID' }]);
}
