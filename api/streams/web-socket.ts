import { WebSocket } from 'ws';

import { cutToBytes, type TextSocket } from './text-socket.ts';

/** Above so many bytes that wait to be written, sending waits for the client. */
const HIGH_WATER = 256 * 1024;
const PING_INTERVAL_MS = 30_000;

/** What a stream handler sees of a web socket. What the client sends is ignored. */
export function webSocketText(socket: WebSocket): TextSocket {
  const gone = new AbortController();
  const pings = keepAlive(socket);
  socket.on('error', () => socket.terminate());
  socket.once('close', () => {
    clearInterval(pings);
    gone.abort();
  });
  return {
    signal: gone.signal,
    async send(text) {
      if (socket.readyState !== WebSocket.OPEN) return;
      const written = new Promise<void>((resolve) => socket.send(text, () => resolve()));
      if (socket.bufferedAmount > HIGH_WATER) await written;
    },
    close: (code, reason = '') => socket.close(code, cutToBytes(reason, 123)),
  };
}

/** Drops a client that has not answered since the last ping, so that no stream is kept for one that has vanished. */
function keepAlive(socket: WebSocket): NodeJS.Timeout {
  let alive = true;
  socket.on('pong', () => {
    alive = true;
  });
  return setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_INTERVAL_MS).unref();
}
