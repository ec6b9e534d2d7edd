import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { ContainerExit } from '../contract.ts';
import { Backoff, type EngineClient } from './client.ts';
import { isUnreachable, statusOf, unexpected } from './errors.ts';
import { containerIn, exitCodeIn, investigate, signalIn, timeIn, type Observations } from './investigation.ts';
import { readObjects } from './ndjson.ts';
import { SharedWork } from './shared-work.ts';
import { signalName, signalOf } from './signals.ts';

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
    const found = await client.request((docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }), {
      timeoutMs: INSPECT_TIMEOUT_MS,
      ...(signal && { signal }),
    });
    return exitFrom(found.State, found.HostConfig.Memory);
  } catch (error) {
    if (statusOf(error) === 404) return { kind: 'gone' };
    throw unexpected(error, `tell how container ${id} is`);
  }
}

/** A paused or restarting container has not ended. One that is being removed will be gone in a moment. */
function exitFrom(state: Docker.ContainerInspectInfo['State'], memoryLimit = 0): ContainerExit | undefined {
  if (state.Status !== 'exited' && state.Status !== 'dead') return undefined;
  const code = state.ExitCode & 0xff;
  const signal = signalOf(code);
  return {
    kind: 'exited',
    code,
    ...(signal !== undefined && { signal: signalName(signal) }),
    outOfMemory: state.OOMKilled,
    ...(memoryLimit > 0 && { memoryLimitBytes: memoryLimit }),
    error: state.Error,
    startedAt: milliseconds(state.StartedAt),
    endedAt: milliseconds(state.FinishedAt),
  };
}

/** The engine writes the year 1 for "never"; that becomes 0. */
function milliseconds(timestamp: string): number {
  return Math.max(0, Date.parse(timestamp) || 0);
}

/** What this process knows of a container that it starts, stops or waits for, until that is removed. */
class Watch implements Observations {
  /** Something has happened that only a look at the container can explain, or may have while nobody listened. */
  mustLook = true;
  hasEnded = false;
  outOfMemory = false;
  /** This process has stopped it, or is about to. */
  isStopped = false;
  isPartial = true;
  /** When it was started, by the engine's clock in milliseconds, if that was heard. */
  startedAt: number | undefined;
  /** How it ended, if its events have said all there is to say. */
  exit: ContainerExit | undefined;
  readonly signals = new Set<number>();
  #ring = () => {};

  ring(): void {
    this.mustLook = true;
    this.#ring();
  }

  nextRing(): Promise<void> {
    return new Promise((resolve) => (this.#ring = resolve));
  }
}

/**
 * Waits for containers to end. All waits share one subscription to the engine's events; an event only says that it is
 * time to inspect, so that lost, early and repeated ones do no harm.
 */
export class ExitWatcher {
  readonly #client: EngineClient;
  readonly #onEnd: (id: string) => void;
  readonly #watches = new Map<string, Watch>();
  readonly #waits = new SharedWork<ContainerExit>();
  readonly #closed = new AbortController();
  #subscription: Promise<void> | undefined;
  #isListening = false;

  /** @param onEnd called when one of those containers is heard to have ended */
  constructor(client: EngineClient, onEnd: (id: string) => void) {
    this.#client = client;
    this.#onEnd = onEnd;
  }

  /** See `Scheduler.waitForExit`. */
  wait(id: string, signal: AbortSignal): Promise<ContainerExit> {
    const watch = this.#watch(id);
    const either = AbortSignal.any([signal, this.#closed.signal]);
    return this.#waits.join(
      id,
      (_, stop) => this.#untilExit(id, watch, stop),
      () => {},
      either,
    );
  }

  /**
   * To be called before a container is started for the first time: its end will be heard of, so that it need not be
   * looked at before.
   */
  expectStart(id: string): void {
    const watch = this.#watch(id);
    watch.mustLook = !this.#isListening;
    watch.isPartial = !this.#isListening;
  }

  /** To be called when it turns out that the container was started before. */
  expectAnything(id: string): void {
    const watch = this.#watch(id);
    watch.isPartial = true;
    watch.ring();
  }

  /** To be called before this process sends a signal, which is no interruption then. */
  markStopped(id: string): void {
    this.#watch(id).isStopped = true;
  }

  /** To be called before this process removes a container, which is no interruption for those that wait for it. */
  markRemoved(id: string): void {
    const watch = this.#watches.get(id);
    if (watch) watch.isStopped = true;
  }

  isStopped(id: string): boolean {
    return this.#watches.get(id)?.isStopped ?? false;
  }

  /** Asks nobody: false can mean anything. */
  isKnownToHaveEnded(id: string): boolean {
    return this.#watches.get(id)?.hasEnded ?? false;
  }

  /** Whether the container has ended or is gone. It is looked at only if nobody waits for its end. */
  async hasEnded(id: string, signal?: AbortSignal): Promise<boolean> {
    if (this.#waits.has(id) || this.isKnownToHaveEnded(id)) return this.isKnownToHaveEnded(id);
    return (await inspectExit(this.#client, id, signal)) !== undefined;
  }

  #watch(id: string): Watch {
    this.#subscription ??= this.#subscribe();
    const watch = this.#watches.get(id) ?? new Watch();
    this.#watches.set(id, watch);
    return watch;
  }

  async #untilExit(id: string, watch: Watch, signal: AbortSignal): Promise<ContainerExit> {
    const backoff = new Backoff();
    let heard = Date.now();
    for (;;) {
      // The bell is hung up before the inspection, so that no event falls between the two.
      const rung = watch.nextRing();
      try {
        if (watch.exit) return watch.exit;
        const exit = watch.mustLook || watch.hasEnded ? await this.#look(id, watch, signal) : undefined;
        if (exit) return exit;
        heard = Date.now();
        backoff.reset();
        await pause(SAFETY_INSPECTION_MS, rung, signal);
      } catch (error) {
        if (!isUnreachable(error) || Date.now() - heard > SILENCE_LIMIT_MS) throw error;
        await backoff.pause(signal);
      }
      watch.mustLook = true;
    }
  }

  async #look(id: string, watch: Watch, signal: AbortSignal): Promise<ContainerExit | undefined> {
    watch.mustLook = false;
    const exit = await inspectExit(this.#client, id, signal);
    if (exit?.kind !== 'exited') return exit;
    watch.hasEnded = true;
    const findings = watch.isStopped ? {} : await investigate(this.#client, id, exit, watch);
    return { ...exit, ...(watch.outOfMemory && { outOfMemory: true }), ...findings };
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
      this.#isListening = false;
      await backoff.pause(signal).catch(() => {});
    }
  }

  async #followEvents(signal: AbortSignal, onConnected: () => void): Promise<void> {
    const filters: Docker.GetEventsOptions['filters'] = {
      type: ['container'],
      event: ['start', 'die', 'destroy', 'oom', 'kill'],
    };
    const events = await this.#client.open((docker, abortSignal) => docker.getEvents({ filters, abortSignal }), signal);
    onConnected();
    this.#isListening = true;
    this.#catchUp();
    for await (const event of readObjects(events as AsyncIterable<Uint8Array>)) this.#take(event);
  }

  /** Whatever happened while nobody listened is found by looking at all of them once. */
  #catchUp(): void {
    for (const [id, watch] of this.#watches) {
      watch.isPartial = true;
      if (watch.hasEnded && !this.#waits.has(id)) this.#watches.delete(id);
      else watch.ring();
    }
  }

  #take(event: Record<string, unknown>): void {
    const id = containerIn(event);
    const watch = this.#watches.get(id);
    if (!watch) return;
    switch (event['Action']) {
      case 'start':
        watch.startedAt = timeIn(event);
        return;
      case 'kill':
        watch.signals.add(signalIn(event));
        return;
      case 'oom':
        watch.outOfMemory = true;
        return;
      case 'die':
        watch.exit = successIn(event, watch);
        this.#onEnd(id);
        break;
      case 'destroy':
        this.#watches.delete(id);
    }
    watch.hasEnded = true;
    watch.ring();
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the scheduler was closed'));
    await this.#subscription;
  }
}

/**
 * The end of a container that succeeded and was observed all the time: nothing more could be found out by looking at it, and
 * for a while after an end the engine lets nobody look.
 */
function successIn(event: Record<string, unknown>, watch: Watch): ContainerExit | undefined {
  const { isPartial, isStopped, outOfMemory, startedAt } = watch;
  if (isPartial || isStopped || outOfMemory || startedAt === undefined || exitCodeIn(event) !== 0) return undefined;
  return { kind: 'exited', code: 0, outOfMemory: false, error: '', startedAt, endedAt: timeIn(event) };
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
