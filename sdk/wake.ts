/** Lets one loop sleep until somebody rings, or for a while. Rings while it is awake are remembered as one. */
export class Wake {
  #rung = false;
  #wakeUp: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wakeUp?.();
  }

  /** Resolves at the next ring, at once if one was missed, when the signal aborts, or after `atMostMs`. */
  async next(atMostMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        const wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#wakeUp = wakeUp;
        signal.addEventListener('abort', wakeUp, { once: true });
      });
    }
    this.#wakeUp = undefined;
    this.#rung = false;
  }
}
