import { GoferError, type ErrorKind } from '../../core/errors.ts';

/** A stream to a client, whatever it carries. */
export interface StreamSocket {
  /** Ends the stream; a second call does nothing. The reason is cut to the 123 bytes that a close frame has for it. */
  close(code: CloseCode, reason?: string): void;
  /** Aborts when the client has gone or the server shuts down. */
  readonly signal: AbortSignal;
}

/** A one-way stream of texts to a client: a web socket or server-sent events. */
export interface TextSocket extends StreamSocket {
  /** Resolves when the client has room for more. Sends nothing once the client has gone. Only some carriers have ids. */
  send(text: string, id?: string): Promise<void>;
  /** The id of the last text that the client has had on an earlier connection, if it says so. */
  readonly lastId?: string;
}

/** A web socket with a terminal at its other end. */
export interface TerminalSocket extends StreamSocket {
  /** Sends what the terminal is to show, or a text about it, in one frame. Resolves and does nothing as for texts. */
  send(data: Uint8Array | string): Promise<void>;
  /**
   * The frames of the client from the first one on, until it has gone: texts as strings, all others as bytes. To be read
   * once. Waits with reading too many.
   */
  readonly frames: AsyncIterable<string | Uint8Array>;
}

/** The contract's close codes. */
export const CloseCode = {
  Complete: 1000,
  NotFound: 1001,
  Contradictory: 1003,
  UnknownExtension: 1007,
  Refused: 1008,
  Failed: 1011,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

const CODE_OF: Readonly<Record<ErrorKind, CloseCode>> = {
  invalid: CloseCode.Contradictory,
  unauthenticated: CloseCode.Refused,
  forbidden: CloseCode.Refused,
  protected: CloseCode.Refused,
  not_found: CloseCode.NotFound,
  conflict: CloseCode.Refused,
  throttled: CloseCode.Refused,
  unavailable: CloseCode.Failed,
};

/** How to end a stream whose handler has thrown. */
export function closeReason(thrown: unknown): { readonly code: CloseCode; readonly reason: string } {
  if (thrown instanceof GoferError) return { code: CODE_OF[thrown.kind], reason: thrown.message };
  return { code: CloseCode.Failed, reason: 'internal error' };
}

/** Cuts a text to so many bytes of UTF-8 without splitting a character. */
export function cutToBytes(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  return new TextDecoder().decode(buffer.subarray(0, bytes), { stream: true });
}
