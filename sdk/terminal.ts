import { on } from 'node:events';
import { WebSocket } from 'ws';
import { StreamClosedError, UnreachableError, connectionProblem } from './errors.ts';
import { hangUp, refusal } from './stream.ts';

/** The server takes no larger frames than 64 KiB. */
const MAX_FRAME_BYTES = 16 * 1024;

/** A command with a terminal, far away. */
export interface TerminalSession {
  /** What the terminal shows, until the command or its container has ended. To be read once. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Of the command, once the output has ended; undefined if nobody knows. */
  readonly exitCode: number | undefined;
  type(bytes: Uint8Array): void;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  /** Hangs up, which the command is told of. */
  close(): void;
}

/**
 * Opens a terminal.
 *
 * @throws ApiError if the server refuses, UnreachableError without one; reading the output throws StreamClosedError if the
 *   task does not run
 */
export async function openTerminal(url: URL, headers: Readonly<Record<string, string>>): Promise<TerminalSession> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false, followRedirects: false });
  const refused = refusal(socket, url);
  const frames = on(socket, 'message', { close: ['close'] }) as AsyncIterable<[Buffer, boolean]>;
  const ended = new Promise<StreamClosedError | undefined>((resolve) => {
    socket.once('close', (code, reason) =>
      resolve(code === 1000 ? undefined : new StreamClosedError(code, reason.toString())),
    );
  });
  await opened(socket).catch(async (error: unknown) => {
    socket.on('error', () => undefined);
    throw (await refused()) ?? new UnreachableError(url.origin, connectionProblem(error), error);
  });
  return new Session(socket, frames, ended);
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', () => reject(new Error('refused')));
  });
}

class Session implements TerminalSession {
  exitCode: number | undefined;
  readonly output: AsyncIterable<Uint8Array>;
  readonly #socket: WebSocket;

  constructor(
    socket: WebSocket,
    frames: AsyncIterable<[Buffer, boolean]>,
    ended: Promise<StreamClosedError | undefined>,
  ) {
    this.#socket = socket;
    this.output = this.#read(frames, ended);
  }

  async *#read(
    frames: AsyncIterable<[Buffer, boolean]>,
    ended: Promise<StreamClosedError | undefined>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const [frame, isBinary] of frames) {
      if (isBinary) yield frame;
      else this.exitCode = (JSON.parse(frame.toString()) as { exit_code?: number }).exit_code;
    }
    const failure = await ended;
    if (failure) throw failure;
  }

  type(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += MAX_FRAME_BYTES) {
      this.#socket.send(bytes.subarray(from, from + MAX_FRAME_BYTES), { binary: true });
    }
  }

  resize({ columns, rows }: { readonly columns: number; readonly rows: number }): void {
    this.#socket.send(JSON.stringify({ columns, rows }));
  }

  close(): void {
    hangUp(this.#socket);
  }
}
