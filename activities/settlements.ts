import { runKey, type RunRef } from '../core/ids.ts';

/**
 * What is left to do for tasks that have ended: the rest of their logs, and their containers. Nobody waits for it but the
 * end of the run, and a worker that shuts down.
 */
export class Settlements {
  readonly #open = new Map<string, Set<Promise<unknown>>>();

  /** Takes note of work that never rejects. */
  add(run: RunRef, work: Promise<unknown>): void {
    const key = runKey(run);
    const open = this.#open.get(key) ?? new Set();
    this.#open.set(key, open.add(work));
    void work.finally(() => {
      open.delete(work);
      if (open.size === 0) this.#open.delete(key);
    });
  }

  /** Resolves when nothing is left of a run that this worker knows of. */
  async settled(run: RunRef): Promise<void> {
    for (let open = this.#open.get(runKey(run)); open; open = this.#open.get(runKey(run))) await Promise.all(open);
  }

  /** Resolves when nothing is left of any run. */
  async allSettled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all([...this.#open.values()].flatMap((open) => [...open]));
  }
}
