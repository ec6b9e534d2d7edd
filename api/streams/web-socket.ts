import { on } from 'node:events';

import { WebSocket } from 'ws';

import { cutToBytes, type StreamSocket, type TerminalSocket, type TextSocket } from './text-socket.ts';

/** Above so many bytes that wait to be written, sending waits for the client. */
const HIGH_WATER = 256 * 1024;
const PING_INTERVAL_MS = 30_000;
/** Above so many frames that wait for the handler, the client has to wait. */
const MAX_WAITING_FRAMES = 100;

/** What a stream handler sees of a web socket. What the client sends is ignored. */
export function webSocketText(socket: WebSocket): TextSocket {
  return openSocket(socket);
}

/** What a terminal handler sees of a web socket. */
export function webSocketTerminal(socket: WebSocket): TerminalSocket {
  return { ...openSocket(socket), frames: receivedFrames(socket) };
}

interface AnySocket extends StreamSocket {
  /** A string goes out as a text frame, bytes as a binary one. */
  send(data: string | Uint8Array): Promise<void>;
}

function openSocket(socket: WebSocket): AnySocket {
  const gone = new AbortController();
  const life = new SignsOfLife(socket);
  socket.on('error', () => socket.terminate());
  socket.once('close', () => {
    life.close();
    gone.abort();
  });
  return {
    signal: gone.signal,
    async send(data) {
      if (socket.readyState !== WebSocket.OPEN) return;
      const written = new Promise<void>((resolve) => {
        socket.send(data, () => {
          life.seen();
          resolve();
        });
      });
      if (socket.bufferedAmount > HIGH_WATER) await written;
    },
    close: (code, reason = '') => socket.close(code, cutToBytes(reason, 123)),
  };
}

/** Listens at once, so that what comes before anybody iterates is not lost. */
function receivedFrames(socket: WebSocket): AsyncIterable<string | Uint8Array> {
  const frames = on(socket, 'message', { close: ['close'], highWaterMark: MAX_WAITING_FRAMES });
  return dataOf(frames as AsyncIterable<[Buffer, boolean]>);
}

async function* dataOf(frames: AsyncIterable<[Buffer, boolean]>): AsyncGenerator<string | Uint8Array, void, undefined> {
  try {
    for await (const [data, isBinary] of frames) yield isBinary ? data : data.toString();
  } catch {
    // A connection that breaks is an end like any other; the socket's signal tells.
  }
}

/**
 * Drops a client that has neither answered nor taken anything since the last ping, so that no stream is kept for one that
 * has vanished. One that reads slowly gets to a ping late, but takes what comes before it.
 */
class SignsOfLife {
  #alive = true;
  readonly #pings: NodeJS.Timeout;

  constructor(socket: WebSocket) {
    socket.on('pong', () => this.seen());
    this.#pings = setInterval(() => {
      if (!this.#alive) return socket.terminate();
      this.#alive = false;
      socket.ping();
    }, PING_INTERVAL_MS).unref();
  }

  seen(): void {
    this.#alive = true;
  }

  close(): void {
    clearInterval(this.#pings);
  }
}
