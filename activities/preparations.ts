import type { Logger } from 'pino';
import type { ContainerHandle, Scheduler } from '../backends/scheduler/contract.ts';
import { ensureError } from '../core/errors.ts';
import { runKey, taskKey, type RunRef, type TaskRef } from '../core/ids.ts';

/** A container that was made before its task's turn came. */
export interface PreparedContainer {
  readonly container: ContainerHandle;
  readonly imageDigest: string | undefined;
}

/**
 * The containers that this worker has made for tasks whose parents still run. Nobody relies on it: a container is found
 * by its labels as well, and one that is never used is removed with its run.
 */
export class Preparations {
  readonly #scheduler: Pick<Scheduler, 'removeContainer'>;
  readonly #logger: Logger;
  readonly #containers = new Map<string, Promise<PreparedContainer | undefined>>();

  constructor(scheduler: Pick<Scheduler, 'removeContainer'>, logger: Logger) {
    this.#scheduler = scheduler;
    this.#logger = logger;
  }

  /** Has a container made, unless that was done before. */
  add(task: TaskRef, prepare: () => Promise<PreparedContainer | undefined>): void {
    const key = taskKey(task);
    if (this.#containers.has(key)) return;
    const prepared = prepare().catch((error: unknown) => {
      this.#logger.debug({ err: ensureError(error), task: key }, 'container not prepared');
      return undefined;
    });
    this.#containers.set(key, prepared);
  }

  /** The container that was made for a task, if one was. It is the caller's from now on. */
  async take(task: TaskRef): Promise<PreparedContainer | undefined> {
    const key = taskKey(task);
    const prepared = this.#containers.get(key);
    this.#containers.delete(key);
    return prepared;
  }

  /** Removes what was made for a task that will not run. */
  async discard(task: TaskRef): Promise<void> {
    const prepared = await this.take(task);
    if (prepared) await this.#scheduler.removeContainer(prepared.container.id);
  }

  /** Removes what was made for tasks of a run that is over. */
  async discardAll(run: RunRef): Promise<void> {
    const left = [...this.#containers.keys()].filter((key) => key.startsWith(`${runKey(run)}/`));
    await Promise.all(left.map((key) => this.discard({ ...run, task: key.slice(runKey(run).length + 1) })));
  }
}
