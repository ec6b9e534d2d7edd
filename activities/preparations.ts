import type { Logger } from 'pino';
import type { ContainerHandle, Scheduler } from '../backends/scheduler/contract.ts';
import { ensureError } from '../core/errors.ts';
import { runKey, taskKey, type RunRef, type TaskRef } from '../core/ids.ts';

/** So many are remembered; the oldest go first. */
const MAX_REMEMBERED = 1000;

/** A container that was made before its task's turn came. */
export interface PreparedContainer {
  readonly container: ContainerHandle;
  readonly imageDigest: string | undefined;
}

interface Preparation {
  /** It will not take long any more. */
  isMaking: boolean;
  readonly container: Promise<PreparedContainer | undefined>;
}

/**
 * The containers that this worker has made for tasks whose turn has not come. Nobody relies on it: a container is found by
 * its labels as well, and one that is never used is removed with its run.
 */
export class Preparations {
  readonly #scheduler: Pick<Scheduler, 'removeContainer'>;
  readonly #logger: Logger;
  readonly #preparations = new Map<string, Preparation>();

  constructor(scheduler: Pick<Scheduler, 'removeContainer'>, logger: Logger) {
    this.#scheduler = scheduler;
    this.#logger = logger;
  }

  /**
   * Has a container made, unless that was done before.
   *
   * @param prepare calls `mayMake` when all is there that the container needs; after false it makes none
   */
  add(task: TaskRef, prepare: (mayMake: () => boolean) => Promise<PreparedContainer | undefined>): void {
    const key = taskKey(task);
    if (this.#preparations.has(key)) return;
    const mayMake = () => (preparation.isMaking = this.#preparations.get(key) === preparation);
    // Begun a moment later, when there is something to call back to.
    const container = Promise.resolve()
      .then(() => prepare(mayMake))
      .catch((error: unknown) => {
        this.#logger.debug({ err: ensureError(error), task: key }, 'container not prepared');
        return undefined;
      });
    const preparation: Preparation = { isMaking: false, container };
    this.#preparations.set(key, preparation);
    const [oldest] = this.#preparations.keys();
    if (oldest !== undefined && this.#preparations.size > MAX_REMEMBERED) this.#preparations.delete(oldest);
  }

  /**
   * The container that was made for a task, or is about to be. It is the caller's from now on. One whose image is still on
   * its way is not made any more: who asks now knows better how to wait for that.
   */
  async take(task: TaskRef): Promise<PreparedContainer | undefined> {
    const key = taskKey(task);
    const preparation = this.#preparations.get(key);
    this.#preparations.delete(key);
    return preparation?.isMaking ? preparation.container : undefined;
  }

  /** Removes what was made for a task that will not run. */
  async discard(task: TaskRef): Promise<void> {
    const prepared = await this.take(task);
    if (prepared) await this.#scheduler.removeContainer(prepared.container.id);
  }

  /** Removes what was made for tasks of a run that is over. */
  async discardAll(run: RunRef): Promise<void> {
    const left = [...this.#preparations.keys()].filter((key) => key.startsWith(`${runKey(run)}/`));
    await Promise.all(left.map((key) => this.discard({ ...run, task: key.slice(runKey(run).length + 1) })));
  }
}
