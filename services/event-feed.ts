import type { Event } from '../sdk/wire.ts';
import type { Database } from '../store/client.ts';
import { eventPosition, lastEventPosition, listEvents } from '../store/events.ts';

/** How many events are read from the database at once. */
const BATCH = 500;

/** A reader that hears of nothing looks again after so long, in milliseconds; only a lost wake-up needs it. */
const RECHECK_MS = 10_000;

/** Where a reader begins: before all stored events, behind those, or behind the one with this id. */
export type Start = 'oldest' | 'now' | { readonly behind: string };

/**
 * Streams events from the database in the order of their commits, without gaps or repetition however far a reader lags.
 * A reader holds no connection while it waits.
 */
export class EventFeed {
  readonly #db: Database;
  readonly #waiting = new Set<() => void>();
  #wakes = 0;
  /** The place of the newest event heard of. Readers who want only what comes begin there, without asking first. */
  #newest: bigint | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Takes note of where the events end now, so that readers who begin later miss nothing from here on. */
  async prime(): Promise<void> {
    this.#newest = await lastEventPosition(this.#db);
  }

  /** Takes note of a new event and tells all readers to look for it. */
  announce(position: bigint): void {
    this.#newest = position;
    this.wake();
  }

  /** Tells all readers to look for new events. */
  wake(): void {
    this.#wakes += 1;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Yields events as they come, after those stored behind `start`, until `signal` aborts. */
  async *follow(start: Start, signal: AbortSignal): AsyncGenerator<Event> {
    let after = await this.#positionOf(start);
    while (!signal.aborted) {
      const wakes = this.#wakes;
      const batch = await listEvents(this.#db, { from: after, reverse: false, limit: BATCH });
      for (const { position, event } of batch) {
        if (signal.aborted) return;
        yield event;
        after = position;
      }
      if (batch.length < BATCH && wakes === this.#wakes) await this.#nextWake(signal);
    }
  }

  /** Yields the stored events, the newest first; behind the one with the id `behind`, if that is given. */
  async *backwards(signal: AbortSignal, behind?: string): AsyncGenerator<Event> {
    let before = behind === undefined ? undefined : await eventPosition(this.#db, behind, true);
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

  async #positionOf(start: Start): Promise<bigint> {
    if (start === 'oldest') return 0n;
    if (start === 'now') return this.#newest ?? lastEventPosition(this.#db);
    return (await eventPosition(this.#db, start.behind)) ?? 0n;
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
      if (signal.aborted) done();
    });
  }
}
