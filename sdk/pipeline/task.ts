import type { TaskDocument } from '../../core/pipeline-config.ts';
import { completeTask, type RequiredParentStatus, type TaskInput } from './document.ts';

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
