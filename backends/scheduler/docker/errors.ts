import { ensureError } from '../../../core/errors.ts';
import { SchedulerError, SchedulerFailure } from '../contract.ts';

/** The engine's answer to a request that it did not fulfil. */
export interface Refusal {
  readonly status: number;
  /** The engine's own words. */
  readonly words: string;
}

/** Reads a refusal out of what docker-modem throws; undefined if the engine did not answer at all. */
export function refusalOf(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number')
    return undefined;
  return { status: thrown.statusCode, words: wordsOf(thrown) };
}

export function statusOf(thrown: unknown): number | undefined {
  return refusalOf(thrown)?.status;
}

/** docker-modem puts `(HTTP code 404) no such container - ` before the engine's words. */
function wordsOf(error: Error): string {
  return error.message.replace(/^\(HTTP code \d+\) .*? - /s, '').trim();
}

/** Turns a refusal into an error with the given failure. Other errors are about the connection and stay what they are. */
export function refused(thrown: unknown, failure: SchedulerFailure, what: string): Error {
  const refusal = refusalOf(thrown);
  if (!refusal) return ensureError(thrown);
  return new SchedulerError(failure, `${what}: ${refusal.words}`, { cause: thrown });
}

/** What an answer that fits no expectation of ours becomes. The engine is there, but cannot be worked with now. */
export function unexpected(thrown: unknown, what: string): Error {
  return refused(thrown, SchedulerFailure.EngineUnreachable, `the container engine could not ${what}`);
}

export function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof SchedulerError && thrown.failure === SchedulerFailure.EngineUnreachable;
}

/** Whether nothing listens where the engine should be, as opposed to an engine that is slow or far away. */
export function isRefusedConnection(thrown: unknown): boolean {
  const cause = thrown instanceof SchedulerError ? thrown.cause : thrown;
  return cause instanceof Error && 'code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ENOENT');
}

/** Explains a connection that failed, with a remedy. `address` is where the engine was looked for. */
export function unreachable(thrown: unknown, address: string): SchedulerError {
  const error = ensureError(thrown);
  const code = 'code' in error ? String(error.code) : '';
  const remedies: Record<string, string> = {
    ENOENT: 'There is no such socket: start the engine, or set DOCKER_HOST to where it listens.',
    ECONNREFUSED: 'Nothing listens there: start the engine, or set DOCKER_HOST to where it listens.',
    EACCES: 'This user may not use the socket: add it to the group that owns it (for Docker: docker).',
    ENOTFOUND: 'Its host name is unknown: check DOCKER_HOST.',
  };
  const remedy = remedies[code] ?? 'Check that the engine is up and can be reached from here.';
  return new SchedulerError(
    SchedulerFailure.EngineUnreachable,
    `the container engine at ${address} does not answer (${error.message}). ${remedy}`,
    { cause: error },
  );
}
