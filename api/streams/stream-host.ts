import type { Logger } from 'pino';

import type { RequestContext } from '../handlers.ts';
import type { ParameterValues } from '../parameters.ts';
import { CloseCode, closeReason, type StreamSocket, type TerminalSocket, type TextSocket } from './text-socket.ts';

interface AnyInput {
  readonly path: ParameterValues;
  readonly query: ParameterValues;
  readonly body: undefined;
}

/** What stream handlers have in common once the types of their inputs are left aside. */
export type AnyStreamHandler = (input: AnyInput, context: RequestContext, socket: TextSocket) => Promise<void>;
/** And terminal handlers. */
export type AnyTerminalHandler = (
  input: AnyInput,
  context: RequestContext,
) => Promise<(socket: TerminalSocket) => Promise<void>>;

/** Runs stream handlers, whatever carries their texts, and ends them all when the server stops. */
export class StreamHost {
  readonly #open = new Set<StreamSocket>();
  #stopping = false;

  async serve(log: Logger, socket: StreamSocket, run: () => Promise<void>): Promise<void> {
    if (this.#stopping) return closeForShutdown(socket);
    this.#open.add(socket);
    try {
      await run();
      socket.close(CloseCode.Complete);
    } catch (error) {
      const { code, reason } = closeReason(error);
      if (code === CloseCode.Failed && !socket.signal.aborted) log.error({ err: error }, 'stream failed');
      socket.close(code, reason);
    } finally {
      this.#open.delete(socket);
    }
  }

  /** Asks all clients to leave and takes no more. */
  stop(): void {
    this.#stopping = true;
    for (const socket of this.#open) closeForShutdown(socket);
  }
}

function closeForShutdown(socket: StreamSocket): void {
  socket.close(CloseCode.Failed, 'the server is shutting down');
}
