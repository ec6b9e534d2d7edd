import type { EngineClient } from './client.ts';

/** How long after a container's end the engine may be busy with taking it down, in milliseconds. 60 were seen. */
const TEARDOWN_LIMIT_MS = 200;

/**
 * Behind a container's end the engine takes its network down. A start that goes on meanwhile takes longer by more than it
 * would have had to wait: 335 ms instead of 300 from one container of a chain to the next.
 */
export class Teardowns {
  readonly #client: EngineClient;
  /** When containers ended, in milliseconds; the oldest comes first. */
  readonly #ends = new Map<string, number>();

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** To be called when a container has ended. */
  begin(id: string): void {
    this.#forget();
    this.#ends.set(id, Date.now());
  }

  /** Resolves when the containers that ended a moment ago are taken down, or soon. Never rejects. */
  async over(): Promise<void> {
    this.#forget();
    await Promise.all([...this.#ends.keys()].map((id) => this.#over(id)));
  }

  /** The engine lets nobody look at a container before it has taken it down. */
  async #over(id: string): Promise<void> {
    await this.#client
      .request((docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }), {
        timeoutMs: TEARDOWN_LIMIT_MS,
      })
      .catch(() => undefined);
    this.#ends.delete(id);
  }

  #forget(): void {
    for (const [id, endedAt] of this.#ends) {
      if (Date.now() - endedAt < TEARDOWN_LIMIT_MS) return;
      this.#ends.delete(id);
    }
  }
}
