import { on } from 'node:events';
import { WebSocket } from 'ws';
import { apiErrorOf, connectionProblem, StreamClosedError, UnreachableError } from './errors.ts';

export interface StreamOptions {
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal;
  /** Called when the server has accepted the stream, so nothing that happens from now on is missed. */
  readonly onOpen?: () => void;
}

/** Above this many waiting frames the connection is paused, so that a slow reader does not fill the memory. */
const MAX_WAITING_FRAMES = 1000;
/** How long a server may take to agree to the end before the connection is cut. */
const CLOSE_GRACE_MS = 500;

/**
 * The text frames of a web socket until the server says that this was the end (close code 1000).
 *
 * @throws StreamClosedError for every other close code, ApiError for a refused upgrade, UnreachableError without a server
 */
export async function* textFrames(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, onOpen }: StreamOptions = {},
): AsyncGenerator<string, void, undefined> {
  if (signal?.aborted) return;
  const socket = new WebSocket(url, { headers, perMessageDeflate: false, followRedirects: false });
  const ended = new Promise<StreamClosedError | undefined>((resolve) => {
    socket.once('close', (code, reason) =>
      resolve(code === 1000 ? undefined : new StreamClosedError(code, reason.toString())),
    );
  });
  socket.once('open', () => onOpen?.());
  const refused = refusal(socket, url);
  const messages = on(socket, 'message', {
    close: ['close'],
    highWaterMark: MAX_WAITING_FRAMES,
    ...(signal && { signal }),
  });
  try {
    for await (const [frame] of messages) yield String(frame);
    const failure = (await refused()) ?? (await ended);
    if (failure) throw failure;
  } catch (error) {
    if (signal?.aborted) return;
    if (error instanceof StreamClosedError) throw error;
    throw (await refused()) ?? new UnreachableError(url.origin, connectionProblem(error), error);
  } finally {
    hangUp(socket);
  }
}

/** Gives the server's answer if it refused to upgrade the request. */
export function refusal(socket: WebSocket, url: URL): () => Promise<Error | undefined> {
  let answer: Promise<Error> | undefined;
  socket.once('unexpected-response', (_request, response) => {
    answer = response.toArray().then((chunks: Buffer[]) => {
      const body = Buffer.concat(chunks).toString();
      socket.terminate();
      return apiErrorOf(
        response.statusCode ?? 0,
        body,
        `GET ${url.pathname}`,
        String(response.headers['x-request-id'] ?? ''),
      );
    });
    answer.catch(() => socket.terminate());
  });
  return async () => answer;
}

/** Closes a web socket, by force if the server does not agree in time. */
export function hangUp(socket: WebSocket): void {
  socket.on('error', () => undefined);
  if (socket.readyState === WebSocket.CLOSED) return;
  socket.close(1000);
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}
