import type { Logger } from 'pino';

/** What was started, to be stopped in the opposite order. */
export class Parts {
  readonly #parts: { name: string; stop: () => Promise<void> }[] = [];
  #fail: (error: Error) => void = () => undefined;
  #stopping = false;
  readonly failed = new Promise<never>((_resolve, reject) => {
    this.#fail = reject;
  });

  constructor() {
    this.failed.catch(() => undefined);
  }

  /** @param ended resolves or rejects when the part has ended by itself */
  add(name: string, stop: () => Promise<void>, ended?: Promise<unknown>): void {
    if (this.#stopping) {
      // It was still starting when another part failed.
      void stop();
      return;
    }
    this.#parts.push({ name, stop });
    ended?.then(
      (description) => this.#endedEarly(name, description),
      (error: unknown) => this.#endedEarly(name, error),
    );
  }

  async stop(logger: Logger): Promise<void> {
    this.#stopping = true;
    for (const part of this.#parts.splice(0).reverse()) {
      await part.stop().catch((err: unknown) => logger.warn({ err }, `stopping the ${part.name}`));
    }
  }

  #endedEarly(name: string, description: unknown): void {
    if (!this.#stopping) this.#fail(new Error(`the ${name} has failed: ${String(description)}`));
  }
}

/** Starts something of several parts. If that fails, those that were started are stopped again. */
export async function assemble<T>(logger: Logger, start: (parts: Parts) => Promise<T>): Promise<T> {
  const parts = new Parts();
  try {
    return await start(parts);
  } catch (error) {
    await parts.stop(logger);
    throw error;
  }
}
