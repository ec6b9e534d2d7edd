import type { RunRef } from '../../../core/ids.ts';
import type { GoferClient } from '../../../sdk/client.ts';
import type { TaskExecution } from '../../../sdk/wire.ts';
import { lastLinesOn } from '../task-log.ts';

/** How many logs are followed at once: no terminal shows more. */
const MAX_FOLLOWED = 24;
const KEPT_LINES = 6;

/** Keeps the last lines of the logs of running tasks. */
export class Tails {
  readonly lines = new Map<string, string[]>();
  readonly #open = new Map<string, AbortController>();
  readonly #gofer: GoferClient;
  readonly #ref: RunRef;

  constructor(gofer: GoferClient, ref: RunRef) {
    this.#gofer = gofer;
    this.#ref = ref;
  }

  /** Follows the logs of those that run, the newest first, and lets go of the others. */
  update(executions: readonly TaskExecution[]): void {
    const running = executions
      .filter(({ state }) => state === 'running')
      .toSorted((one, other) => other.started - one.started)
      .slice(0, MAX_FOLLOWED);
    const wanted = new Set(running.map(({ task_id }) => task_id));
    for (const id of this.#open.keys()) if (!wanted.has(id)) this.#letGo(id);
    for (const id of wanted) if (!this.#open.has(id)) this.#follow(id);
  }

  close(): void {
    for (const id of this.#open.keys()) this.#letGo(id);
  }

  #letGo(id: string): void {
    this.#open.get(id)?.abort();
    this.#open.delete(id);
    this.lines.delete(id);
  }

  #follow(task: string): void {
    const stop = new AbortController();
    this.#open.set(task, stop);
    const read = async (): Promise<void> => {
      const lines = lastLinesOn(this.#gofer, { ...this.#ref, task }, KEPT_LINES, { signal: stop.signal });
      for await (const { text } of lines) {
        if (stop.signal.aborted) return;
        this.lines.set(task, [...(this.lines.get(task) ?? []), text].slice(-KEPT_LINES));
      }
    };
    // A log that cannot be read is no reason not to show the run.
    void read().catch(() => undefined);
  }
}
