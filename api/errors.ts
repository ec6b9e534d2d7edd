import type { ServerResponse } from 'node:http';

import { GoferError, type ErrorKind } from '../core/errors.ts';
import type { ErrorBody } from '../sdk/wire.ts';

/** The wire has one code for both questions about a token: who is it, and may it (contract, §1.6). */
const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 401,
  protected: 403,
  not_found: 404,
  conflict: 409,
  throttled: 429,
  unavailable: 503,
};

/** What to tell a client about something that was thrown. Only a GoferError's message is meant for it. */
export interface ErrorReply {
  readonly status: number;
  readonly message: string;
}

export function errorReply(thrown: unknown): ErrorReply {
  if (thrown instanceof GoferError) return { status: STATUS_OF[thrown.kind], message: thrown.message };
  return { status: 500, message: 'Internal Server Error: the log of the server has the details under this request id' };
}

/** Answers with an error body. Does nothing useful for a response that has begun, so that one is cut off. */
export function sendError(response: ServerResponse, requestId: string, { status, message }: ErrorReply): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body: ErrorBody = { request_id: requestId, ...(status === 500 && { error_code: 'Internal' }), message };
  const text = JSON.stringify(body, null, 2);
  response.statusCode = status;
  response.setHeader('x-request-id', requestId);
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
