import type { Readable } from 'node:stream';

import type { operations } from '../generated/openapi.ts';
import type { Caller } from '../services/tokens.ts';
import type { Download } from './bytes/download.ts';
import type { TerminalSocket, TextSocket } from './streams/text-socket.ts';

/** What a handler knows about its request besides the input. */
export interface RequestContext {
  readonly requestId: string;
  readonly caller: Caller;
  /** Aborts when the server stops waiting for requests to finish. A client that goes away does not abort it. */
  readonly signal: AbortSignal;
}

/** The operations that converse over a web socket. */
export type TerminalId = 'attach_task_execution';
/** The operations that answer with a stream of texts: in the document they switch protocols. */
export type StreamId = Exclude<
  { [K in keyof operations]: 101 extends keyof operations[K]['responses'] ? K : never }[keyof operations],
  TerminalId
>;
/** The operations whose body is bytes. */
export type UploadId = {
  [K in keyof operations]: operations[K]['requestBody'] extends Bytes ? K : never;
}[keyof operations];
/** The operations that answer with bytes or a text of any length. */
export type DownloadId = {
  [K in keyof operations]: operations[K]['responses'] extends { 200: Bytes | Text } ? K : never;
}[keyof operations];
/** All others: JSON in and out. */
export type OperationId = Exclude<keyof operations, TerminalId | StreamId | UploadId | DownloadId>;

interface Bytes {
  content: { 'application/octet-stream': string };
}

interface Text {
  content: { 'text/plain': string };
}

type OrEmpty<T> = [T] extends [never] ? Record<never, never> : T;
type Parameters<K extends keyof operations, Place extends 'path' | 'query'> = OrEmpty<
  Exclude<operations[K]['parameters'][Place], undefined>
>;
type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;

/** The parameters and the body of an operation, checked and converted. */
export interface Input<K extends keyof operations> {
  readonly path: Parameters<K, 'path'>;
  readonly query: Parameters<K, 'query'>;
  /** Bytes come as a stream, which fails with a GoferError if the client does not send all of them. */
  readonly body: operations[K]['requestBody'] extends Bytes ? Readable : JsonOf<operations[K]['requestBody']>;
}

type ReplyOf<Responses> = {
  [Status in keyof Responses & number]: JsonOf<Responses[Status]> extends undefined
    ? { readonly status: Status }
    : { readonly status: Status; readonly body: JsonOf<Responses[Status]> };
}[keyof Responses & number];

/** One of the successes the document knows for an operation. Everything else is thrown as a GoferError. */
export type Reply<K extends OperationId | UploadId> = ReplyOf<operations[K]['responses']> &
  (K extends SessionId ? { readonly session: string | null } : unknown);

/** The operations that hand the browser a session, sealed, or with null take it away. */
type SessionId = 'create_console_session' | 'delete_console_session';

export type Handler<K extends OperationId> = (input: Input<K>, context: RequestContext) => Promise<Reply<K>>;
/** A handler for every operation of the document; leaving one out does not compile. */
export type Handlers = { readonly [K in OperationId]: Handler<K> };

/**
 * Sends until its stream is complete or `socket.signal` aborts. Returning closes the socket normally; throwing closes it
 * with the code that fits the error.
 */
export type StreamHandler<K extends StreamId> = (
  input: Input<K>,
  context: RequestContext,
  socket: TextSocket,
) => Promise<void>;
export type StreamHandlers = { readonly [K in StreamId]: StreamHandler<K> };

/** Stores the bytes of `input.body`. It has to discard them if that fails, and may reply before it has read all. */
export type UploadHandler<K extends UploadId> = (input: Input<K>, context: RequestContext) => Promise<Reply<K>>;
/** Finds bytes. What can fail should fail before it resolves: after that, only cutting off the response can tell. */
export type DownloadHandler<K extends DownloadId> = (input: Input<K>, context: RequestContext) => Promise<Download>;
export type ByteHandlers = { readonly [K in UploadId]: UploadHandler<K> } & {
  readonly [K in DownloadId]: DownloadHandler<K>;
};

/**
 * Refuses by throwing, which the client gets as a plain HTTP answer, or resolves with what to do once there is a web
 * socket. That ends as a stream does.
 */
export type TerminalHandler<K extends TerminalId> = (
  input: Input<K>,
  context: RequestContext,
) => Promise<(socket: TerminalSocket) => Promise<void>>;
export type TerminalHandlers = { readonly [K in TerminalId]: TerminalHandler<K> };
