import { suggest } from './suggest.ts';
import { ApiError, StreamClosedError, UnreachableError } from '../sdk/errors.ts';

/** Exit codes. They are documented in the help of `gofer` and stay as they are. */
export const EXIT = {
  ok: 0,
  /** A run that failed or was cancelled, or a request that was refused. */
  failed: 1,
  usage: 2,
  notFound: 3,
  authentication: 4,
  unreachable: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error of the command line itself. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exit: ExitCode;
  /** What the user can do about it: lines with an example. */
  readonly next: readonly string[];

  constructor(message: string, exit: ExitCode, next: readonly string[] = []) {
    super(message);
    this.exit = exit;
    this.next = next;
  }
}

/** What a failed command tells its user. */
export interface Failure {
  readonly message: string;
  readonly exit: ExitCode;
  readonly next: readonly string[];
  /** HTTP status, if a server answered. */
  readonly status?: number;
  /** Method and path of the refused request. */
  readonly request?: string;
  readonly requestId?: string;
}

export interface FailureContext {
  /** As typed, for example `run get`. */
  readonly command: string;
  /** The command's arguments by name. */
  readonly args: Readonly<Record<string, string | number | undefined>>;
  readonly hasToken: boolean;
}

/** Turns any error into exit code, message and the next step. */
export function explain(error: unknown, context: FailureContext): Failure {
  if (error instanceof CommandError) return { message: error.message, exit: error.exit, next: error.next };
  if (error instanceof ApiError) return explainRefusal(error, context);
  if (error instanceof UnreachableError) {
    const next = [
      'start a server on this machine: gofer service start',
      'or name another one:             --api-base-url URL',
    ];
    return { message: error.message, exit: EXIT.unreachable, next };
  }
  if (error instanceof StreamClosedError) return { message: error.message, exit: EXIT.failed, next: [] };
  return { message: error instanceof Error ? error.message : String(error), exit: EXIT.failed, next: [] };
}

function explainRefusal(error: ApiError, context: FailureContext): Failure {
  const common = {
    message: error.message,
    status: error.status,
    request: error.request,
    ...(error.requestId !== undefined && { requestId: error.requestId }),
  };
  if (error.status === 404) return { ...common, exit: EXIT.notFound, next: whereToLook(context) };
  // The contract answers 400, not 401, to a request without a token.
  const missesToken = error.status === 400 && !context.hasToken;
  if (missesToken || error.status === 401 || error.status === 403) {
    return { ...common, exit: EXIT.authentication, next: howToAuthenticate(context) };
  }
  return { ...common, exit: EXIT.failed, next: [] };
}

function howToAuthenticate({ hasToken }: FailureContext): string[] {
  return hasToken
    ? ['the token is unknown, expired, or may not do this: use another one with --token or GOFER_TOKEN']
    : ['no token is configured: log in with `gofer login`, or set GOFER_TOKEN'];
}

/** The command that lists what was looked for in vain. */
function whereToLook({ command, args }: FailureContext): string[] {
  const { pipeline, run } = args;
  const topic = command.split(' ').slice(0, -1).join(' ');
  const list = (): string => {
    if (topic === 'task' && run !== undefined) return `task list ${pipeline} ${run}`;
    if (run !== undefined) return `run list ${pipeline}`;
    const within = PARTS_OF_PIPELINES.find(({ topic: name, arg }) => name === topic && args[arg] !== undefined);
    if (within) return `${topic} list ${pipeline}`;
    if (pipeline !== undefined) return 'pipeline list';
    return LISTED_BY_THEMSELVES.includes(topic) ? `${topic} list` : 'namespace list';
  };
  return [`see what there is: gofer ${list()}`];
}

const LISTED_BY_THEMSELVES: readonly string[] = ['event', 'extension', 'role', 'secret global', 'token'];

/** What a pipeline has several of, and the argument that names one. */
const PARTS_OF_PIPELINES = [
  { topic: 'pipeline config', arg: 'version' },
  { topic: 'pipeline deployment', arg: 'deployment' },
  { topic: 'pipeline object', arg: 'key' },
  { topic: 'pipeline subscription', arg: 'subscription' },
  { topic: 'secret pipeline', arg: 'key' },
] as const;

/** What oclif says about arguments and flags it cannot use, as an error of ours. */
export function usageError(error: Error, command: string, flags: readonly string[] = []): CommandError {
  if (error instanceof CommandError) return error;
  const message = error.message
    .replace(/\n?See more help with --help$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .trim();
  const [, typed] = /^Nonexistent flag: --(?:no-)?([\w-]+)/.exec(message) ?? [];
  const near = typed === undefined ? [] : suggest(typed, flags).map((flag) => `did you mean: --${flag}`);
  return new CommandError(message, EXIT.usage, [...near, `see: gofer ${command} --help`]);
}
