import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { ContainerExit } from '../contract.ts';
import { Backoff, type EngineClient } from './client.ts';
import { isUnreachable, statusOf, unexpected } from './errors.ts';
import { isRecord, readObjects } from './ndjson.ts';

/** How often a container is looked at without a reason, in case an event was lost on the way. */
const SAFETY_INSPECTION_MS = 15_000;
/** How long the engine may be silent before waiting for it is given up. */
const SILENCE_LIMIT_MS = 60_000;
const INSPECT_TIMEOUT_MS = 20_000;

/** Tells whether a container has ended; undefined if it has not. */
export async function inspectExit(
  client: EngineClient,
  id: string,
  signal?: AbortSignal,
): Promise<ContainerExit | undefined> {
  try {
    const { State: state } = await client.request(
      (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
      { timeoutMs: INSPECT_TIMEOUT_MS, ...(signal && { signal }) },
    );
    return exitFrom(state);
  } catch (error) {
    if (statusOf(error) === 404) return { kind: 'gone' };
    throw unexpected(error, `tell how container ${id} is`);
  }
}

/** A paused or restarting container has not ended. One that is being removed will be gone in a moment. */
export function exitFrom(state: Docker.ContainerInspectInfo['State']): ContainerExit | undefined {
  if (state.Status !== 'exited' && state.Status !== 'dead') return undefined;
  return {
    kind: 'exited',
    code: state.ExitCode & 0xff,
    outOfMemory: state.OOMKilled,
    error: state.Error,
    startedAt: milliseconds(state.StartedAt),
    endedAt: milliseconds(state.FinishedAt),
  };
}

/** The engine writes the year 1 for "never"; that becomes 0. */
function milliseconds(timestamp: string): number {
  return Math.max(0, Date.parse(timestamp) || 0);
}

/** What is known of one waited-for container. */
interface Wait {
  /** Ends the current pause between two inspections. */
  ring: () => void;
  outOfMemory: boolean;
}

/**
 * Waits for containers to end. All waits share one subscription to the engine's events; an event only says that it is
 * time to inspect, so that lost, early and repeated ones do no harm.
 */
export class ExitWatcher {
  readonly #client: EngineClient;
  readonly #waits = new Map<string, Set<Wait>>();
  readonly #closed = new AbortController();
  #subscription: Promise<void> | undefined;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** See `Scheduler.waitForExit`. */
  async wait(id: string, signal: AbortSignal): Promise<ContainerExit> {
    signal = AbortSignal.any([signal, this.#closed.signal]);
    signal.throwIfAborted();
    this.#subscription ??= this.#subscribe();
    const wait: Wait = { ring: () => {}, outOfMemory: false };
    const waits = this.#waits.get(id) ?? new Set();
    this.#waits.set(id, waits.add(wait));
    try {
      return await this.#untilExit(id, wait, signal);
    } finally {
      waits.delete(wait);
      if (waits.size === 0) this.#waits.delete(id);
    }
  }

  async #untilExit(id: string, wait: Wait, signal: AbortSignal): Promise<ContainerExit> {
    const backoff = new Backoff();
    let heard = Date.now();
    for (;;) {
      // The bell is hung up before the inspection, so that no event falls between the two.
      const rung = new Promise<void>((resolve) => (wait.ring = resolve));
      try {
        const exit = await inspectExit(this.#client, id, signal);
        if (exit?.kind === 'exited') return { ...exit, outOfMemory: exit.outOfMemory || wait.outOfMemory };
        if (exit) return exit;
        heard = Date.now();
        backoff.reset();
        await pause(SAFETY_INSPECTION_MS, rung, signal);
      } catch (error) {
        if (!isUnreachable(error) || Date.now() - heard > SILENCE_LIMIT_MS) throw error;
        await backoff.pause(signal);
      }
    }
  }

  async #subscribe(): Promise<void> {
    const { signal } = this.#closed;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.#followEvents(signal, () => backoff.reset());
      } catch {
        // Whoever waits finds out by inspecting; here it only matters to get the events back.
      }
      await backoff.pause(signal).catch(() => {});
    }
  }

  async #followEvents(signal: AbortSignal, onConnected: () => void): Promise<void> {
    const filters: Docker.GetEventsOptions['filters'] = { type: ['container'], event: ['die', 'destroy', 'oom'] };
    const events = await this.#client.open((docker, abortSignal) => docker.getEvents({ filters, abortSignal }), signal);
    onConnected();
    // Whatever happened while nobody listened is found by looking at all of them once.
    for (const waits of this.#waits.values()) for (const wait of waits) wait.ring();
    for await (const event of readObjects(events as AsyncIterable<Uint8Array>)) {
      const id = isRecord(event['Actor']) ? event['Actor']['ID'] : undefined;
      for (const wait of this.#waits.get(String(id)) ?? []) {
        if (event['Action'] === 'oom') wait.outOfMemory = true;
        wait.ring();
      }
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the scheduler was closed'));
    await this.#subscription;
  }
}

/** Ends after `ms`, or when `bell` rings; throws the signal's reason when it aborts. */
async function pause(ms: number, bell: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const timer = sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    await Promise.race([bell, timer.catch(() => {})]);
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
}
