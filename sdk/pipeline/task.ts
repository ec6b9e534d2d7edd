import type { TaskDocument } from '../../core/pipeline-config.ts';
import { bytesOf, type MemorySize } from './memory.ts';
import { completeTask, type RequiredParentStatus, type TaskInput } from './document.ts';

/** When a failed task is tried again. Times are in seconds. */
export interface RetryOptions {
  /** Before the first further attempt; 1 if left out. */
  readonly delay?: number;
  /** By how much the delay is multiplied with each attempt, 1 to 10; 2 if left out. */
  readonly backoff?: number;
  /** The longest delay; 300 if left out. */
  readonly maxDelay?: number;
  /** Only failures with these exit codes are tried again; if left out, all are, time-outs too. */
  readonly exitCodes?: readonly number[];
}

/** Describes one task: a container, and which tasks have to end how before it starts. */
export class TaskBuilder {
  #input: TaskInput;

  constructor(id: string, image: string) {
    this.#input = { id, image };
  }

  /** What the task is for, shown to people. */
  description(text: string): this {
    return this.#set({ description: text });
  }

  /** Credentials for pulling the image. They are not interpolated and are kept encrypted. */
  registryAuth(user: string, pass: string): this {
    return this.#set({ registry_auth: { user, pass } });
  }

  /**
   * Waits for another task of the pipeline to end in a certain way; otherwise this task is skipped.
   *
   * @example task('alarm', 'alpine:3.20').dependsOn('tests', 'Failure')
   */
  dependsOn(parent: string | TaskBuilder, status: RequiredParentStatus): this {
    const id = typeof parent === 'string' ? parent : parent.id;
    return this.dependsOnMany({ [id]: status });
  }

  /** Adds several parents at once; a parent named again takes the newer status. */
  dependsOnMany(parents: Readonly<Record<string, RequiredParentStatus>>): this {
    return this.#set({ depends_on: { ...this.#input.depends_on, ...parents } });
  }

  /** Sets one environment variable. The name stays as written. */
  variable(name: string, value: string): this {
    return this.variables({ [name]: value });
  }

  /** Adds environment variables; a name used before takes the newer value. */
  variables(values: Readonly<Record<string, string>>): this {
    return this.#set({ variables: { ...this.#input.variables, ...values } });
  }

  /** Replaces the image's entrypoint. */
  entrypoint(...words: string[]): this {
    return this.#set({ entrypoint: words });
  }

  /** Replaces the image's command. The last of `command` and `script` counts. */
  command(...words: string[]): this {
    return this.#set({ command: words });
  }

  /**
   * Runs shell text with the image's `sh`, which every image that has a shell has.
   *
   * @example task('greet', 'alpine:3.20').script(`
   *   set -e
   *   echo "hello from $GOFER_TASK_ID"
   * `)
   */
  script(text: string): this {
    return this.command('sh', '-c', text.trim());
  }

  /** Gives the container a token for the API in `GOFER_TOKEN`, limited to its own pipeline. */
  injectApiToken(inject = true): this {
    return this.#set({ inject_api_token: inject });
  }

  /** Pulls the image before every start, even if there is a local one. */
  alwaysPullNewestImage(always = true): this {
    return this.#set({ always_pull_newest_image: always });
  }

  /**
   * Tries the task again after it failed. Failures of the infrastructure, such as a registry that does not answer, use up
   * no attempts; with 0 only they are tried again.
   *
   * @param attempts further attempts after failures of the program, 0 to 100
   * @example task('flaky', 'alpine:3.20').retries(3, { delay: 5, exitCodes: [75] })
   */
  retries(attempts: number, { delay, backoff, maxDelay, exitCodes }: RetryOptions = {}): this {
    return this.#set({
      retries: {
        attempts,
        ...(delay !== undefined && { delay }),
        ...(backoff !== undefined && { backoff }),
        ...(maxDelay !== undefined && { max_delay: maxDelay }),
        ...(exitCodes && { exit_codes: exitCodes }),
      },
    });
  }

  /** How many seconds one attempt may take, from the start of its container. No limit by default. */
  timeout(seconds: number): this {
    return this.#set({ timeout: seconds });
  }

  /** How many seconds the container gets to end by itself when it has to stop, 0 to 3600; then it is killed. */
  stopGrace(seconds: number): this {
    return this.#set({ stop_grace: seconds });
  }

  /**
   * How many CPUs' time the container may use, from 0.01. No limit by default.
   *
   * @example task('build', 'alpine:3.20').cpu(0.5)
   */
  cpu(cpus: number): this {
    return this.#set({ cpu: cpus });
  }

  /**
   * How much memory the container may use, at least 6 MiB. No limit by default.
   *
   * @param size bytes, or an amount with its unit
   * @throws TypeError if a text is no amount of memory
   * @example task('build', 'alpine:3.20').memory('512MiB')
   */
  memory(size: number | MemorySize): this {
    return this.#set({ memory: typeof size === 'number' ? size : bytesOf(size) });
  }

  /** How many processes and threads the container may have. No limit by default. */
  pids(count: number): this {
    return this.#set({ pids: count });
  }

  /** Lets the run succeed although this task fails. Tasks that depend on it see the failure as ever. */
  allowFailure(allow = true): this {
    return this.#set({ allow_failure: allow });
  }

  get id(): string {
    return this.#input.id;
  }

  /** The task as it will be registered, every field written out. */
  toDocument(): TaskDocument {
    return completeTask(this.#input);
  }

  #set(change: Partial<TaskInput>): this {
    this.#input = { ...this.#input, ...change };
    return this;
  }
}

/**
 * Starts a task.
 *
 * @param id unique in the pipeline; 1 to 64 letters, digits, `_`, `.` and `-`
 * @param image the container image to run, for example `alpine:3.20`
 * @example task('tests', 'node:24').command('npm', 'test').dependsOn('build', 'Success')
 */
export function task(id: string, image: string): TaskBuilder {
  return new TaskBuilder(id, image);
}
