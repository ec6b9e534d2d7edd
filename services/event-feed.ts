import type { Event } from '../sdk/wire.ts';
import type { Database } from '../store/client.ts';
import { lastEventPosition, listEvents } from '../store/events.ts';

/** How many events are read from the database at once. */
const BATCH = 500;

/** A reader that hears of nothing looks again after so long, in milliseconds; only a lost wake-up needs it. */
const RECHECK_MS = 10_000;

/**
 * Streams events from the database in the order of their commits, without gaps or repetition however far a reader lags.
 * A reader holds no connection while it waits.
 */
export class EventFeed {
  readonly #db: Database;
  readonly #waiting = new Set<() => void>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Tells all readers to look for new events. */
  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Yields events as they come, after all those stored already if `history` is set, until `signal` aborts. */
  async *follow(history: boolean, signal: AbortSignal): AsyncGenerator<Event> {
    let after = history ? 0n : await lastEventPosition(this.#db);
    while (!signal.aborted) {
      const woken = this.#nextWake(signal);
      const batch = await listEvents(this.#db, { from: after, reverse: false, limit: BATCH });
      for (const { position, event } of batch) {
        if (signal.aborted) return;
        yield event;
        after = position;
      }
      if (batch.length === 0) await woken;
    }
  }

  /** Yields the stored events, the newest first. */
  async *backwards(signal: AbortSignal): AsyncGenerator<Event> {
    let before: bigint | undefined;
    for (;;) {
      const batch = await listEvents(this.#db, {
        reverse: true,
        limit: BATCH,
        ...(before !== undefined && { from: before }),
      });
      for (const { position, event } of batch) {
        if (signal.aborted) return;
        yield event;
        before = position;
      }
      if (batch.length < BATCH) return;
    }
  }

  #nextWake(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, RECHECK_MS);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }
}
