import { taskKey, type TaskRef } from '../core/ids.ts';

/** What reaches the supervisor of one task besides Temporal. */
export interface Registration {
  /** The task is to be cancelled. */
  readonly cancel: AbortSignal;
  /** This worker has got a newer supervisor for the same task. */
  readonly replaced: AbortSignal;
  release(): void;
}

/**
 * Brings cancellations to the supervisors of this worker the moment they are asked for. Temporal delivers them too, but
 * only with a heartbeat.
 */
export class Cancellations {
  readonly #supervisors = new Map<string, { cancel: AbortController; replaced: AbortController }>();

  /** Registers the supervisor of a task, in place of the one there may be. `release` it when it has done its part. */
  register(task: TaskRef): Registration {
    const key = taskKey(task);
    const mine = { cancel: new AbortController(), replaced: new AbortController() };
    this.#supervisors.get(key)?.replaced.abort();
    this.#supervisors.set(key, mine);
    return {
      cancel: mine.cancel.signal,
      replaced: mine.replaced.signal,
      release: () => {
        if (this.#supervisors.get(key) === mine) this.#supervisors.delete(key);
      },
    };
  }

  /** Takes the key of a run or of a task from the database's cancellation channel. */
  cancel(key: string): void {
    for (const [task, { cancel }] of this.#supervisors) {
      if (task === key || task.startsWith(`${key}/`)) cancel.abort();
    }
  }
}
