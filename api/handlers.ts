import type { operations } from '../generated/openapi.ts';
import type { TextSocket } from './streams/text-socket.ts';

/** Who makes a request. */
export interface Caller {
  readonly tokenId: string;
  readonly user: string;
  readonly roles: readonly string[];
}

/** What a handler knows about its request besides the input. */
export interface RequestContext {
  readonly requestId: string;
  readonly caller: Caller;
  /** Aborts when the server stops waiting for requests to finish. A client that goes away does not abort it. */
  readonly signal: AbortSignal;
}

/** The operations that answer with a stream of texts: in the document they switch protocols. */
export type StreamId = {
  [K in keyof operations]: 101 extends keyof operations[K]['responses'] ? K : never;
}[keyof operations];
export type OperationId = Exclude<keyof operations, StreamId>;

type OrEmpty<T> = [T] extends [never] ? Record<never, never> : T;
type Parameters<K extends keyof operations, Place extends 'path' | 'query'> = OrEmpty<
  Exclude<operations[K]['parameters'][Place], undefined>
>;
type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;

/** The parameters and the body of an operation, checked and converted. */
export interface Input<K extends keyof operations> {
  readonly path: Parameters<K, 'path'>;
  readonly query: Parameters<K, 'query'>;
  readonly body: JsonOf<operations[K]['requestBody']>;
}

type ReplyOf<Responses> = {
  [Status in keyof Responses & number]: JsonOf<Responses[Status]> extends undefined
    ? { readonly status: Status }
    : { readonly status: Status; readonly body: JsonOf<Responses[Status]> };
}[keyof Responses & number];

/** One of the successes the document knows for an operation. Everything else is thrown as a GoferError. */
export type Reply<K extends OperationId> = ReplyOf<operations[K]['responses']>;

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
