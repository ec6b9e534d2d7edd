import express, { type Request, type RequestHandler, type Response } from 'express';

import { ensureError, invalid } from '../../core/errors.ts';
import type { Route } from '../document.ts';
import { runStep } from './step.ts';

/** The contract's limit for JSON, in bytes. */
const DEFAULT_LIMIT = 524_288_000;
/** How long a body may take to arrive. */
const MAX_READ_MS = 5 * 60 * 1000;
/** Bodies up to this size are read before it is known who sends them. */
const ANONYMOUS_LIMIT = 1024 * 1024;

/**
 * Reads JSON bodies. The contract reports a wrong body before a missing token, but whoever has none must not be able to
 * make the server parse hundreds of megabytes: `identify` is called first for what is large or of unknown size.
 */
export class BodyReader {
  readonly #small: RequestHandler;
  readonly #large: RequestHandler;

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#small = jsonParser(Math.min(limit, ANONYMOUS_LIMIT));
    this.#large = jsonParser(limit);
  }

  /** Leaves the parsed body, or undefined, in `request.body`. */
  async read(route: Route, request: Request, response: Response, identify: () => Promise<unknown>): Promise<void> {
    const { headers } = request;
    const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
    const mediaType = headers['content-type'];
    // The validator keeps a compiled schema for every content type it ever saw, so it gets to see at most one.
    if (route.hasBody) headers['content-type'] = 'application/json';
    else delete headers['content-type'];
    if (!route.hasBody) return;
    if (length === 0) throw invalid('the request body is not valid', [{ path: 'body', message: 'is required' }]);
    checkMediaType(mediaType);
    if (length > ANONYMOUS_LIMIT) await identify();
    const deadline = setTimeout(() => request.destroy(), MAX_READ_MS);
    try {
      await runStep(length > ANONYMOUS_LIMIT ? this.#large : this.#small, request, response);
    } catch (error) {
      throw bodyError(error);
    } finally {
      clearTimeout(deadline);
    }
  }
}

function jsonParser(limit: number): RequestHandler {
  // Compressed bodies are refused: their length says nothing about the work they make.
  return express.json({ limit, strict: false, inflate: false, type: () => true });
}

function checkMediaType(header: string | undefined): void {
  const mediaType = header?.split(';')[0]?.trim().toLowerCase() || 'application/json';
  if (mediaType === 'application/json') return;
  const problem = { path: 'header.content-type', value: header, message: 'must be application/json' };
  throw invalid('the request body is not valid', [problem]);
}

/** Everything the parser throws is about the request: it does nothing else. */
function bodyError(thrown: unknown): Error {
  return invalid('the request body is not valid', [{ path: 'body', message: ensureError(thrown).message }]);
}
