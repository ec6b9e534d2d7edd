/**
 * What went wrong, named by what the caller can do about it. The API maps each kind to one status code and the CLI to
 * one exit code, so nothing below those two knows about either.
 */
export const ErrorKind = {
  /** The input is wrong; sending it again unchanged cannot succeed. */
  Invalid: 'invalid',
  /** No token, or one that is unknown, expired or disabled. */
  Unauthenticated: 'unauthenticated',
  /** The token is good, but may not do this. */
  Forbidden: 'forbidden',
  /** It belongs to the system, and nobody may change it. */
  Protected: 'protected',
  NotFound: 'not_found',
  /** It exists already, or its state does not allow this. */
  Conflict: 'conflict',
  /** Too many attempts; later it may succeed. */
  Throttled: 'throttled',
  /** The system is switched off for this, or something it needs does not answer; later it may succeed. */
  Unavailable: 'unavailable',
} as const;
export type ErrorKind = (typeof ErrorKind)[keyof typeof ErrorKind];

/** One thing wrong with an input: where (`config.tasks[1].image`), what stood there, and what is expected. */
export interface Problem {
  readonly path: string;
  readonly value?: unknown;
  readonly message: string;
}

/** An error meant for the person or program that made the request. Its message is safe to show. */
export class GoferError extends Error {
  override readonly name = 'GoferError';
  readonly kind: ErrorKind;
  readonly problems: readonly Problem[];

  constructor(kind: ErrorKind, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.kind = kind;
    this.problems = problems;
  }
}

/** A `not_found` error that says what was looked for, for example `notFound('pipeline', 'default/nightly')`. */
export function notFound(what: string, id: string | number): GoferError {
  return new GoferError(ErrorKind.NotFound, `${what} '${id}' does not exist`);
}

/** An `invalid` error that lists every problem with its place and value. */
export function invalid(summary: string, problems: readonly Problem[]): GoferError {
  const lines = problems.map((problem) => `${problem.path}: ${describeProblem(problem)}`);
  return new GoferError(ErrorKind.Invalid, [summary, ...lines].join('\n  '), problems);
}

function describeProblem(problem: Problem): string {
  return 'value' in problem ? `${problem.message}, got ${printValue(problem.value)}` : problem.message;
}

/** Renders an offending value for an error message, cut after 80 characters. */
export function printValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The one place where a thrown anything becomes an Error. */
export function ensureError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
