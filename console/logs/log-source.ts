import type { LogBook } from './log-book.ts';

export type LogState = 'loading' | 'following' | 'complete' | 'lost';

/** A log that can be read into a book. */
export interface LogSource {
  /** Of the file to download. */
  readonly name: string;
  /** Where the server has it as a file, if it does. */
  readonly download?: string;
  /** Whether lines of several tasks are in it. */
  readonly merged?: boolean;
  /** Reads until the log is complete or the signal aborts. */
  readonly follow: (book: LogBook, signal: AbortSignal, onState: (state: LogState) => void) => void;
}

/** After so long, in milliseconds, a lost connection is made anew. */
export const RETRY_MS = 2_000;

/** The address of a web socket of the API. */
export function socketUrl(path: string): URL {
  return new URL(path, location.origin.replace(/^http/, 'ws'));
}
