/** Tells readers of logs in this process that there may be news, by the key of the task. */
export class LogWakes {
  readonly #waiting = new Map<string, Set<() => void>>();

  wake(task: string): void {
    for (const ring of this.#waiting.get(task) ?? []) ring();
  }

  /** For when notifications may have been lost. */
  wakeAll(): void {
    for (const task of this.#waiting.keys()) this.wake(task);
  }

  /** Listens from now on, so that nothing between two waits is missed, until it is closed. */
  listen(task: string, signal: AbortSignal): LogAlarm {
    const alarm = new LogAlarm(() => {
      signal.removeEventListener('abort', alarm.ring);
      waiting.delete(alarm.ring);
      if (waiting.size === 0 && this.#waiting.get(task) === waiting) this.#waiting.delete(task);
    });
    const waiting = this.#waiting.get(task) ?? new Set();
    this.#waiting.set(task, waiting.add(alarm.ring));
    signal.addEventListener('abort', alarm.ring);
    if (signal.aborted) alarm.ring();
    return alarm;
  }
}

export class LogAlarm {
  readonly close: () => void;
  #rung = false;
  #wake = () => {};

  constructor(close: () => void) {
    this.close = close;
  }

  readonly ring = (): void => {
    this.#rung = true;
    this.#wake();
  };

  /** Resolves when it has rung since the last wait, or after so many milliseconds. */
  async next(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rung = false;
  }
}
