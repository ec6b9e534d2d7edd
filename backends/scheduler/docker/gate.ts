import { untilAborted } from './abort.ts';

export interface GateOptions {
  /** Called once if others have to be waited for, with how many of those that wait come first. */
  readonly onWait?: (ahead: number) => void;
  /** Gives the place in the queue up, and throws its reason. Work that has begun is left alone. */
  readonly signal: AbortSignal;
}

/** Lets so many do something at once, and the others wait in the order in which they came. */
export class Gate {
  readonly #queue = new Set<() => void>();
  #free: number;

  constructor(width: number) {
    this.#free = width;
  }

  async pass<T>(work: () => Promise<T>, options: GateOptions): Promise<T> {
    await this.#enter(options);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter({ onWait, signal }: GateOptions): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    onWait?.(this.#queue.size);
    let open = () => {};
    const turn = new Promise<void>((resolve) => (open = resolve));
    this.#queue.add(open);
    try {
      await untilAborted(turn, signal);
    } catch (error) {
      // Not in the queue any more: the turn came at the same moment, and the next one gets it.
      if (!this.#queue.delete(open)) this.#leave();
      throw error;
    }
  }

  #leave(): void {
    const [next] = this.#queue;
    if (!next) {
      this.#free += 1;
      return;
    }
    this.#queue.delete(next);
    next();
  }
}
