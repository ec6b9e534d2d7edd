import { taskKey, type TaskRef } from '../core/ids.ts';

/**
 * Brings cancellations to the supervisors of this worker the moment they are asked for. Temporal delivers them too, but
 * only with a heartbeat.
 */
export class Cancellations {
  readonly #supervisors = new Map<string, AbortController>();

  /** A signal for one supervised task. `release` it when the task is over. */
  register(task: TaskRef): AbortSignal {
    const controller = new AbortController();
    this.#supervisors.set(taskKey(task), controller);
    return controller.signal;
  }

  release(task: TaskRef): void {
    this.#supervisors.delete(taskKey(task));
  }

  /** Takes the key of a run or of a task from the database's cancellation channel. */
  cancel(key: string): void {
    for (const [task, controller] of this.#supervisors) {
      if (task === key || task.startsWith(`${key}/`)) controller.abort();
    }
  }
}
