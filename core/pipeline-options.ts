import {
  asObject,
  checkBoolean,
  expected,
  member,
  numberFrom,
  wholeNumberFrom,
  type Check,
  type Fields,
  type Report,
} from './checks.ts';

/** How a task is tried again after it failed. `retryDelay` says when. */
export interface RetryPolicy {
  /** Further attempts after failures of the user's program, 0 to 100. With 0 only infrastructure is made good. */
  readonly attempts: number;
  /** Seconds before the first further attempt; 1 if left out. */
  readonly delay?: number;
  /** By how much the delay is multiplied each time, 1 to 10; 2 if left out. */
  readonly backoff?: number;
  /** The longest delay in seconds; 300 if left out. */
  readonly max_delay?: number;
  /** Only failures with these codes, 1 to 255, are tried again; if left out, all are, time-outs too. */
  readonly exit_codes?: readonly number[];
}

/** What a task may say beyond the fields of the original Gofer. Whatever is left out is not there at all. */
export interface TaskOptions {
  readonly retries?: RetryPolicy;
  /** Seconds that one attempt may take, from the start of its container. */
  readonly timeout?: number;
  /** Seconds between TERM and KILL; the server's `api.task_execution_stop_timeout` if left out. */
  readonly stop_grace?: number;
  /** How many CPUs' time the container may use, for example 0.5. */
  readonly cpu?: number;
  /** Bytes of memory that the container may use. */
  readonly memory?: number;
  /** How many processes and threads the container may have. */
  readonly pids?: number;
  /** Whether the run may succeed although this task fails. What its children see stays the same. */
  readonly allow_failure?: boolean;
}

/** What becomes of a run that meets its pipeline's limit: it waits, or it or the oldest running one is cancelled. */
export const OnLimit = { Queue: 'queue', CancelOldest: 'cancel_oldest', CancelNewest: 'cancel_newest' } as const;
export type OnLimit = (typeof OnLimit)[keyof typeof OnLimit];

/** What a pipeline may say beyond the fields of the original Gofer. */
export interface PipelineOptions {
  /** Seconds that a run may take, from its admission. */
  readonly timeout?: number;
  readonly on_limit?: OnLimit;
}

/** A year: as long as Temporal lets an activity run here, so no longer time would be kept. */
const MAX_SECONDS = 31_536_000;
/** The least that Docker gives a container. */
const MIN_CPU = 0.01;
const MIN_MEMORY = 6 * 1024 * 1024;

const checkExitCode = wholeNumberFrom(1, 255);
const checkTimeout = wholeNumberFrom(1, MAX_SECONDS, 'seconds');

const RETRY_CHECKS: Readonly<Record<Exclude<keyof RetryPolicy, 'attempts'>, Check>> = {
  delay: numberFrom(0, MAX_SECONDS, 'seconds'),
  backoff: numberFrom(1, 10),
  max_delay: numberFrom(0, MAX_SECONDS, 'seconds'),
  exit_codes: checkExitCodes,
};
const checkAttempts = wholeNumberFrom(0, 100);

const TASK_CHECKS: Readonly<Record<keyof TaskOptions, Check>> = {
  retries: checkRetries,
  timeout: checkTimeout,
  stop_grace: wholeNumberFrom(0, 3600, 'seconds'),
  cpu: numberFrom(MIN_CPU, undefined, 'CPUs'),
  memory: wholeNumberFrom(MIN_MEMORY, undefined, 'bytes'),
  pids: wholeNumberFrom(1),
  allow_failure: checkBoolean,
};

const PIPELINE_CHECKS: Readonly<Record<keyof PipelineOptions, Check>> = {
  timeout: checkTimeout,
  on_limit: checkOnLimit,
};

/** Reports what is wrong with the options of a task at this place. */
export function checkTaskOptions(task: Fields, at: string, report: Report): void {
  checkGiven(task, TASK_CHECKS, at, report);
}

/** The same for the options of a pipeline. */
export function checkPipelineOptions(pipeline: Fields, at: string, report: Report): void {
  checkGiven(pipeline, PIPELINE_CHECKS, at, report);
}

/** The options among the fields of a task, in one fixed order. */
export function taskOptions<T extends TaskOptions>(task: T): Pick<T, keyof T & keyof TaskOptions> {
  return given(task, TASK_CHECKS);
}

/** The options among the fields of a pipeline. */
export function pipelineOptions<T extends PipelineOptions>(pipeline: T): Pick<T, keyof T & keyof PipelineOptions> {
  return given(pipeline, PIPELINE_CHECKS);
}

function given<T, Name extends string>(source: T, names: Readonly<Record<Name, Check>>): Pick<T, keyof T & Name> {
  const entries = Object.keys(names).map((name) => [name, source[name as keyof T]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Pick<T, keyof T & Name>;
}

function checkGiven(fields: Fields, checks: Readonly<Record<string, Check>>, at: string, report: Report): void {
  for (const [name, check] of Object.entries(checks)) {
    if (fields[name] !== undefined) check(fields[name], member(at, name), report);
  }
}

function checkRetries(value: unknown, path: string, report: Report): void {
  const policy = asObject(value, path, report);
  if (!policy) return;
  checkAttempts(policy['attempts'], `${path}.attempts`, report);
  checkGiven(policy, RETRY_CHECKS, path, report);
}

function checkExitCodes(value: unknown, path: string, report: Report): void {
  if (!Array.isArray(value) || value.length === 0) report(expected('a list of at least one exit code', value, path));
  else for (const [index, code] of value.entries()) checkExitCode(code, `${path}[${index}]`, report);
}

function checkOnLimit(value: unknown, path: string, report: Report): void {
  if (Object.values(OnLimit).some((policy) => policy === value)) return;
  report(expected(`'queue', 'cancel_oldest' or 'cancel_newest'`, value, path));
}
