import type { PipelineDocument } from '../../core/pipeline-config.ts';
import type { OnLimit } from '../../core/pipeline-options.ts';
import { assertValid, completePipeline, type PipelineInput } from './document.ts';
import { emitPipeline } from './finish.ts';
import type { TaskBuilder } from './task.ts';

/** Describes a pipeline. A program that calls `finish()` on one is what `gofer up` registers. */
export class PipelineBuilder {
  #input: Omit<PipelineInput, 'tasks'>;
  #tasks: readonly TaskBuilder[] = [];

  constructor(id: string, name: string) {
    this.#input = { id, name };
  }

  /** What the pipeline is for, shown to people. */
  description(text: string): this {
    this.#input = { ...this.#input, description: text };
    return this;
  }

  /** How many runs may go on at once; further ones wait in order. 0, the default, means no limit of its own. */
  parallelism(runs: number): this {
    this.#input = { ...this.#input, parallelism: runs };
    return this;
  }

  /**
   * What happens to a run that meets the limit of `parallelism`: it waits for its turn (`queue`, the default), the oldest
   * running one is cancelled to make way for it (`cancel_oldest`), or it is cancelled itself (`cancel_newest`).
   *
   * @example pipeline('preview').parallelism(1).onLimit('cancel_oldest')
   */
  onLimit(policy: OnLimit): this {
    this.#input = { ...this.#input, on_limit: policy };
    return this;
  }

  /** How many seconds a run may take, not counting the time that it waits for its turn. No limit by default. */
  timeout(seconds: number): this {
    this.#input = { ...this.#input, timeout: seconds };
    return this;
  }

  /** Sets the tasks, replacing those given before. Their order does not matter. */
  tasks(...tasks: TaskBuilder[]): this {
    this.#tasks = tasks;
    return this;
  }

  /** Adds one task. */
  task(task: TaskBuilder): this {
    this.#tasks = [...this.#tasks, task];
    return this;
  }

  /** The document as it will be registered, every field written out. It may still have problems. */
  toDocument(): PipelineDocument {
    return { ...completePipeline(this.#input), tasks: this.#tasks.map((task) => task.toDocument()) };
  }

  /**
   * Checks the pipeline without printing it.
   *
   * @throws PipelineError naming all problems
   */
  validate(): this {
    assertValid(this.toDocument());
    return this;
  }

  /**
   * Checks the pipeline and prints it as one line of JSON. Call it once, as the last thing the program does.
   *
   * @throws PipelineError naming all problems; left uncaught, it ends the program with the list on standard error
   */
  finish(): void {
    emitPipeline(this.toDocument());
  }
}

/**
 * Starts a pipeline.
 *
 * @param id 3 to 32 letters, digits and hyphens
 * @param name for people; the id if left out
 * @example
 * pipeline('hello', 'Hello')
 *   .tasks(task('greet', 'alpine:3.20').command('echo', 'hello'))
 *   .finish();
 */
export function pipeline(id: string, name: string = id): PipelineBuilder {
  return new PipelineBuilder(id, name);
}
