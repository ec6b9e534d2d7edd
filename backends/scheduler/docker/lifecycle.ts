import { SchedulerError, SchedulerFailure } from '../contract.ts';
import type { EngineClient } from './client.ts';
import { refusalOf, refused, statusOf, unexpected } from './errors.ts';
import type { ExitWatcher } from './exits.ts';
import { Gate } from './gate.ts';
import type { Teardowns } from './teardowns.ts';

/** How long the engine may take to bring a container to an end that was killed, in milliseconds. */
const KILL_DEADLINE_MS = 30_000;

const KILL = 'SIGKILL';

interface Start {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Starts containers and stops them, whichever of the two comes first. */
export class Lifecycle {
  readonly #client: EngineClient;
  readonly #exits: ExitWatcher;
  readonly #teardowns: Teardowns;
  readonly #gate: Gate;
  /** The starts that wait for their turn or for the engine. */
  readonly #starts = new Map<string, Start>();

  constructor(client: EngineClient, exits: ExitWatcher, teardowns: Teardowns, maxParallelStarts: number) {
    this.#client = client;
    this.#exits = exits;
    this.#teardowns = teardowns;
    this.#gate = new Gate(maxParallelStarts);
  }

  /** See `Scheduler.startContainer`. */
  async start(id: string, onWait?: (ahead: number) => void): Promise<void> {
    if (this.#exits.isStopped(id)) throw neverStarted();
    const abort = new AbortController();
    const options = { signal: abort.signal, ...(onWait && { onWait }) };
    const done = this.#gate.pass(() => this.#start(id), options);
    const start = { abort, done };
    this.#starts.set(id, start);
    try {
      await done;
    } finally {
      if (this.#starts.get(id) === start) this.#starts.delete(id);
    }
  }

  async #start(id: string): Promise<void> {
    // Among many starts there is always something that ends: waiting would only make the queue longer.
    if (this.#starts.size === 1) await this.#teardowns.over();
    this.#exits.expectStart(id);
    try {
      await this.#client.request((docker, abortSignal) => docker.getContainer(id).start({ abortSignal }));
    } catch (error) {
      this.#exits.expectAnything(id);
      if (statusOf(error) === 304) return;
      const failure = isLost(error) ? SchedulerFailure.ContainerLost : SchedulerFailure.ContainerRefused;
      throw refused(error, failure, `the container could not be started`);
    }
  }

  /** See `Scheduler.stopContainer`. */
  async stop(id: string, graceSeconds: number): Promise<void> {
    this.#exits.markStopped(id);
    const start = this.#starts.get(id);
    start?.abort.abort(neverStarted());
    // What the engine is about to start cannot be killed before that is done.
    await start?.done.catch(() => {});
    if (graceSeconds > 0) {
      if (!(await this.#send(id, await this.#stopSignal(id)))) return;
      if (await this.#endsWithin(id, graceSeconds * 1000)) return;
    }
    if (!(await this.#send(id, KILL)) || (await this.#endsWithin(id, KILL_DEADLINE_MS))) return;
    const message = `the container engine did not bring container ${id} to an end`;
    throw new SchedulerError(SchedulerFailure.EngineUnreachable, message);
  }

  /** What the container's image asks for; the container itself was created with another one. */
  async #stopSignal(id: string): Promise<string> {
    try {
      const image = await this.#client.request(async (docker, abortSignal) => {
        const container = await docker.getContainer(id).inspect({ abortSignal });
        return docker.getImage(container.Image).inspect();
      });
      const { StopSignal: signal } = image.Config as { StopSignal?: string };
      return signal ?? 'SIGTERM';
    } catch (error) {
      if (statusOf(error) === 404) return 'SIGTERM';
      throw unexpected(error, `stop container ${id}`);
    }
  }

  /** Returns whether there was anything to send the signal to. */
  async #send(id: string, signal: string): Promise<boolean> {
    try {
      await this.#client.request((docker, abortSignal) => docker.getContainer(id).kill({ signal, abortSignal }));
      return true;
    } catch (error) {
      // 404: gone; 409: does not run.
      if ([404, 409].includes(statusOf(error) ?? 0)) return false;
      throw unexpected(error, `stop container ${id}`);
    }
  }

  async #endsWithin(id: string, ms: number): Promise<boolean> {
    const deadline = AbortSignal.timeout(ms);
    try {
      await this.#exits.wait(id, deadline);
      return true;
    } catch (error) {
      if (deadline.aborted) return false;
      throw error;
    }
  }
}

/**
 * What the engine says of a container that was removed, or that its runtime has begun with, but it knows nothing of that
 * because it was killed in the middle of the start.
 */
function isLost(error: unknown): boolean {
  return /^(No such container\b|task [0-9a-f]+: already exists$)/.test(refusalOf(error)?.words ?? '');
}

function neverStarted(): SchedulerError {
  return new SchedulerError(SchedulerFailure.NeverStarted, 'the container was stopped before it was started');
}
